// Files that are renamed while they are open are followed, and a file that is too large to be shared
// is shown for reading.
//
// Arguments: --folder PATH, the workspace on disk; it holds `large.txt` of more than 5 MiB.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { caretAfter, check, eventually, expect, openFile, openWindow, run, saved, screenshot, text } from './harness.mjs';

const { values } = parseArgs({ options: { folder: { type: 'string' } } });

await run(async (browser) => {
  const { page, complaints } = await openWindow(browser);
  const workspace = new URL(page.url()).searchParams.get('workspace') ?? 'demo';
  const move = (from, to) =>
    page.evaluate(
      async ([ws, path, target]) => {
        const address = `/api/workspaces/${ws}/files/${path}?move=${encodeURIComponent(target)}`;
        return (await fetch(address, { method: 'POST' })).status;
      },
      [workspace, from, to],
    );
  const tabs = () => page.locator('[role="tab"]').allTextContents();
  const onDisk = (path) => readFileSync(join(values.folder, path), 'utf8');

  await check('a renamed file stays open, and what is typed reaches it', async () => {
    await openFile(page, 'README.md');
    await caretAfter(page, 'A small workspace');
    await page.keyboard.type(' One');
    await saved(page);
    const answered = await move('README.md', 'docs/GUIDE.md');
    expect(answered === 204, String(answered));
    await eventually('the tab has the new name', async () => (await tabs()).some((name) => name.includes('GUIDE.md')));
    expect(!(await tabs()).some((name) => name.includes('README.md')), String(await tabs()));
    expect((await page.locator('.banner:visible').count()) === 0, 'the page asks something');
    await caretAfter(page, 'A small workspace');
    await page.keyboard.type(' Two');
    await saved(page);
    await eventually('the file has it', () => [' One', ' Two'].every((words) => onDisk('docs/GUIDE.md').includes(words)));
    await screenshot(page, 'renamed-1280');
  });
  await check('a renamed folder takes its open file along', async () => {
    expect((await move('docs', 'manual')) === 204, 'not moved');
    await eventually('it is open at the new place', async () => (await page.locator('.status').textContent())?.includes('manual/GUIDE.md'));
    await caretAfter(page, 'A small workspace');
    await page.keyboard.type(' Three');
    await saved(page);
    await eventually('the file has it', () => onDisk('manual/GUIDE.md').includes(' Three'));
  });
  await check('a file that is too large is shown for reading', async () => {
    await openFile(page, 'large.txt');
    const banner = page.locator('.banner:visible');
    await eventually('the banner says so', async () => /larger than 5 MiB/.test((await banner.textContent()) ?? ''));
    expect((await text(page)).includes('a line of a large file'), 'no text');
    await page.locator('.view-line').first().click();
    await page.keyboard.type('x');
    expect(!onDisk('large.txt').startsWith('x'), 'it was changed');
    await screenshot(page, 'large-1280');
    await page.setViewportSize({ width: 360, height: 640 });
    const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
    await eventually('it does not scroll sideways', fits);
    await page.locator('.banner:visible').waitFor();
    await screenshot(page, 'large-360');
  });
  await check('the page has nothing to complain of', () => expect(complaints.length === 0, complaints.join(' | ')));
});
