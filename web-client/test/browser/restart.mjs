// Typing continues while the server is stopped and started again; no edit is lost.
// Prints {"marker":"stop-server"} and waits for the line "stopped" on standard input, then
// {"marker":"start-server"} and waits for "started". The server must come back on the same address
// with the same data directory.

import { askStarter, caretAfter, check, connected, editorOf, eventually, expect, offlineEdits, line, openFile, openPage, openWindow, run, saved, screenshot, status, text } from './harness.mjs';

const LINES = ['typed before', 'typed while the server is down', 'typed after'];

await run(async (browser) => {
  const [ann, bob, cem] = await Promise.all([openWindow(browser), openWindow(browser), openWindow(browser)]);
  await Promise.all([ann, bob, cem].map(({ page }) => openFile(page, 'README.md')));
  await caretAfter(ann.page, 'A small workspace');
  await ann.page.keyboard.press('Enter');

  await ann.page.keyboard.type(`${LINES[0]}\n`);
  await askStarter('stop-server', 'stopped');

  await check('typing continues without a server, and the page says so', async () => {
    await eventually('the page says it reconnects', async () => /Reconnecting|Connecting/.test(await status(ann.page, 'connection')));
    await ann.page.keyboard.type(`${LINES[1]}\n`, { delay: 10 });
    await line(bob.page, 'Shapes').click();
    await bob.page.keyboard.press('End');
    await bob.page.keyboard.type(' of Bob');
    const words = await eventually('the edits are counted', async () => /^Offline: \d+ edits kept here$/.exec(await status(ann.page, 'edits'))?.[0]);
    await screenshot(ann.page, 'offline-1280');
    return { says: words };
  });

  await check('the browser asks before it reloads a page with such edits', async () => {
    const asks = new Promise((resolve) => ann.page.once('dialog', resolve));
    const reload = ann.page.reload({ timeout: 300 }).catch(() => {});
    const dialog = await asks;
    expect(dialog.type() === 'beforeunload', dialog.type());
    await dialog.dismiss();
    await reload;
    expect((await text(ann.page)).includes(LINES[1]), 'the text is gone');
  });

  await check('a page that dies with such edits leaves them in the browser', async () => {
    await caretAfter(cem.page, 'Shapes');
    await cem.page.keyboard.type(' of Cem');
    await eventually('they are kept', async () => (await offlineEdits(cem.page)) === ' of Cem'.length);
    await cem.page.close();
  });

  await askStarter('start-server', 'started');
  await connected(ann.page);
  await connected(bob.page);
  await ann.page.keyboard.type(LINES[2]);

  await check('everything typed is in both windows', async () => {
    await eventually('both texts are complete and equal', async () => {
      const [one, other] = [await text(ann.page), await text(bob.page)];
      if (one === other && one.includes(' of Bob') && LINES.every((line) => one.split(line).length === 2)) return true;
      throw new Error(`Ann has ${JSON.stringify(one)}, Bob ${JSON.stringify(other)}`);
    });
    for (const { page } of [ann, bob]) {
      await saved(page);
    }
  });

  await check('the page that died sends its edits when it is opened again', async () => {
    const again = await openPage(cem.context);
    await eventually('its file is open again', () => editorOf(again.page, 'README.md').count());
    await saved(again.page);
    for (const page of [again.page, ann.page]) {
      await eventually('the edits are there', async () => (await text(page)).split(' of Cem').length === 2);
    }
    await eventually('nothing is kept', async () => (await offlineEdits(again.page)) === 0);
    cem.errors.push(...again.errors);
  });

  await check('a window that is opened later has it too', async () => {
    const late = await openWindow(browser);
    await openFile(late.page, 'README.md');
    const expected = await text(ann.page);
    await eventually('the late window has the text', async () => (await text(late.page)) === expected);
  });

  await check('the pages log no errors', () => {
    const errors = [...ann.errors, ...bob.errors, ...cem.errors];
    expect(errors.length === 0, errors.join(' | '));
  });
});
