// The file on disk and the document have the same text: typed text reaches the file, a tool's changes are merged,
// and a deleted file does not come back by itself.
//
// Prints {"marker":"change-file"} and waits for the line "changed" on standard input: README.md must
// then have one more line at its end, "changed by a tool". Then {"marker":"delete-file"} for
// "deleted". Argument: --file PATH, where README.md is on disk.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { activeTab, askStarter, caretAfter, check, eventually, expect, line, notifications, openFile, openWindow, run, saved, screenshot, status, text } from './harness.mjs';

const { values } = parseArgs({ options: { file: { type: 'string' } } });
const TOOL = 'changed by a tool';

await run(async (browser) => {
  const { page, errors } = await openWindow(browser);
  await openFile(page, 'README.md');
  const onDisk = () => readFileSync(values.file, 'utf8');
  const type = async (words) => {
    await caretAfter(page, 'A small workspace');
    await page.keyboard.type(words);
  };

  await check('typed text reaches the file', async () => {
    await type(' One');
    const began = Date.now();
    await eventually('the file has it', () => onDisk().includes(' One'));
    return { afterMilliseconds: Date.now() - began };
  });
  await type(' Two');
  await askStarter('change-file', 'changed');
  await check('a tool’s change is merged with typed text', async () => {
    await type(' Three');
    // The tool's line may come while the page still shows the last key.
    await eventually('the tool’s line and all words are here', async () => {
      const now = await text(page);
      return [TOOL, ' One', ' Two', ' Three'].every((words) => now.includes(words));
    });
    await saved(page);
    await eventually('the file is the text', async () => onDisk().trimEnd() === (await text(page)).trimEnd());
    expect((await notifications(page)).length === 0, 'the page asks something');
  });
  await check('undo reverts one’s own words and leaves the tool’s', async () => {
    await line(page, 'A small').click();
    for (let step = 0; step < 6 && (await text(page)).includes(' One'); step += 1) await page.keyboard.press('Control+z');
    const now = await text(page);
    expect(!now.includes(' One') && now.includes(TOOL), now);
    for (let step = 0; step < 6; step += 1) await page.keyboard.press('Control+Shift+z');
    await saved(page);
    await eventually('the file follows', async () => onDisk().trimEnd() === (await text(page)).trimEnd());
  });

  await askStarter('delete-file', 'deleted');
  await check('a deleted file stays deleted until the person creates it again', async () => {
    const kept = await text(page);
    await eventually('a notification says so', async () => (await notifications(page)).some((one) => /was deleted or moved/.test(one)));
    await eventually('the status bar says so', async () => (await status(page, 'edits')) === 'Not shared');
    expect(await activeTab(page).locator('.strikethrough, [class*=deleted]').count(), 'the tab does not show it');
    await screenshot(page, 'deleted-1280');
    expect((await text(page)) === kept, 'the text is gone from the page');
    await page.getByRole('button', { name: 'Create the File Again' }).click();
    await eventually('the file is there again', () => onDisk().trimEnd() === kept.trimEnd());
    await saved(page);
    await type(' Four');
    await saved(page);
    await eventually('it is shared again', () => onDisk().includes(' Four'));
  });
  await check('the page logs no errors', () => expect(errors.length === 0, errors.join(' | ')));
});
