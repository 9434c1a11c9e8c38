// A tool changes an open file on disk: the person is told, and chooses what to keep.
// Prints {"marker":"change-file"} twice, and waits for the line "changed" on standard input each
// time: README.md must then hold one more line at its end, "changed by a tool".

import { askStarter, caretAfter, check, eventually, expect, openFile, openWindow, run, screenshot, status, text } from './harness.mjs';

const TOOL = 'changed by a tool';

await run(async (browser) => {
  const { page, complaints } = await openWindow(browser);
  await openFile(page, 'README.md');
  const type = async (words) => {
    await caretAfter(page, 'A small workspace');
    await page.keyboard.type(words);
  };
  const banner = page.locator('.banner:visible');

  await type(' One');
  await askStarter('change-file', 'changed');
  await check('saving over a file that a tool changed asks first', async () => {
    await page.keyboard.press('Control+s');
    await eventually('the banner asks', async () => /changed on disk/.test((await banner.textContent()) ?? ''));
    await screenshot(page, 'changed-on-disk-1280');
  });
  await check('reload takes the text of the disk, and can be undone', async () => {
    await banner.getByText('Reload from disk').click();
    await eventually('the tool’s line is here', async () => (await text(page)).includes(TOOL));
    expect(!(await text(page)).includes(' One'), 'one’s own words are still here');
    await page.locator('.view-line').first().click();
    await page.keyboard.press('Control+z');
    await eventually('undo brings one’s own words back', async () => (await text(page)).includes(' One'));
    await page.keyboard.press('Control+Shift+z');
    await eventually('redo takes them again', async () => (await text(page)).includes(TOOL));
  });

  await type(' Two');
  await askStarter('change-file', 'changed');
  await check('overwriting keeps one’s own text', async () => {
    await page.keyboard.press('Control+s');
    await eventually('the banner asks', async () => /changed on disk/.test((await banner.textContent()) ?? ''));
    await banner.getByText('Overwrite the disk').click();
    await eventually('the status bar says saved', async () => /saved/.test(await status(page, 'sentence')));
    await eventually('the banner is gone', async () => !(await banner.count()));
    expect((await text(page)).includes(' Two'), 'one’s own words are gone');
  });
  await check('the page has nothing to complain of', () => expect(complaints.length === 0, complaints.join(' | ')));
});
