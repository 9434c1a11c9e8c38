// The page follows files that are renamed while they are open, and shows a file that is too large to share read-only.
//
// Arguments: --folder PATH, the workspace on disk; it contains `large.txt` of more than 5 MiB.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { caretAfter, check, eventually, expect, openFile, openWindow, run, saved, screenshot, text } from './harness.mjs';

const { values } = parseArgs({ options: { folder: { type: 'string' } } });

await run(async (browser) => {
  const { page, errors } = await openWindow(browser);
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

  await check('a renamed file stays open, and typed text reaches it', async () => {
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
  await check('an open file in a renamed folder stays open', async () => {
    expect((await move('docs', 'manual')) === 204, 'not moved');
    await eventually('it is open at the new place', async () => (await page.locator('.status').textContent())?.includes('manual/GUIDE.md'));
    await caretAfter(page, 'A small workspace');
    await page.keyboard.type(' Three');
    await saved(page);
    await eventually('the file has it', () => onDisk('manual/GUIDE.md').includes(' Three'));
  });
  await check('text that is nowhere else survives a rename, and is not deleted with the file', async () => {
    const ask = (method, headers, body) =>
      page.evaluate(
        async ([ws, ...init]) => {
          const [method, headers, body] = init;
          const answer = await fetch(`/api/workspaces/${ws}/files/note.txt`, { method, headers, body });
          return answer.ok ? answer.headers.get('ETag') : `${answer.status}`;
        },
        [workspace, method, headers, body],
      );
    const version = await ask('PUT', { 'If-None-Match': '*' }, 'mine\n');
    await openFile(page, 'note.txt');
    // The page may check the path only when the other document is there.
    let release;
    const released = new Promise((resolve) => (release = resolve));
    await page.route('**/files/note.txt', async (route) => {
      if (route.request().method() === 'GET') await released;
      await route.continue();
    });
    await ask('DELETE', { 'If-Match': version });
    await ask('PUT', { 'If-None-Match': '*' }, 'theirs\n');
    release();
    const banner = page.locator('.banner:visible');
    const kept = () => eventually('the text is offered', async () => /Your text was kept/.test((await banner.textContent()) ?? ''));
    await kept();
    expect((await move('note.txt', 'moved.txt')) === 204, 'not moved');
    await eventually('it is open at the new place', async () => (await page.locator('.tab.shown[data-path="moved.txt"]').count()) === 1);
    await kept();
    await page.locator('.tree .row[data-path="moved.txt"]').focus();
    await page.keyboard.press('Delete');
    await eventually('it says why not', async () => /nowhere else/.test((await page.locator('.status').textContent()) ?? ''));
    expect(!(await page.locator('dialog[open]').count()), 'it asks');
    await banner.getByText('Keep my text as a copy').click();
    await eventually('it is a file', () => existsSync(join(values.folder, 'moved.conflict.txt')) && onDisk('moved.conflict.txt') === 'mine\n');
  });
  await check('a file that is too large is shown read-only', async () => {
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
  await check('the page logs no errors', () => expect(errors.length === 0, errors.join(' | ')));
});
