// The page derives the state of edits from commits: "Saving…" until the rows are committed, and a sentence when the
// database does not answer.
//
// Prints {"marker":"hold-commits"} and waits for the line "held" on standard input, then
// {"marker":"release-commits"} for "released", {"marker":"stop-database"} for "stopped" and
// {"marker":"start-database"} for "started".

import { askStarter, caretAfter, check, eventually, expect, line, notifications, openFile, openWindow, run, saved, screenshot, squeezed, status, text } from './harness.mjs';

await run(async (browser) => {
  const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, colorScheme: 'dark' };
  const [ann, bob] = await Promise.all([openWindow(browser), openWindow(browser, phone)]);
  const { page } = ann;
  await openFile(page, 'README.md');
  await openFile(bob.page, 'README.md');
  const edits = () => status(page, 'edits');
  await caretAfter(page, 'A small workspace');

  await check('an edit is saved without any action', async () => {
    await page.keyboard.type(' one');
    await saved(page);
    await page.keyboard.press('Control+s');
    await saved(page);
  });

  await askStarter('hold-commits', 'held');
  await check('while the commit is held the page shows that it is saving, and nobody sees the edit', async () => {
    await page.keyboard.type(' two');
    await eventually('it says so', async () => /^Saving…/.test(await edits()));
    await eventually('after some seconds it says how much is kept here', async () => /4 edits kept here/.test(await edits()));
    await screenshot(page, 'saving-1280');
    expect(!(await text(bob.page)).includes('two'), 'the other window shows what is not committed');
  });
  await askStarter('release-commits', 'released');
  await check('after the commit the page shows "Saved", and everybody sees the edit', async () => {
    await saved(page);
    await eventually('the other window has it', async () => squeezed(await text(bob.page)).includes('two'));
  });

  await askStarter('stop-database', 'stopped');
  await check('without a database typing continues, and the page says where the edits are', async () => {
    await page.keyboard.type(' three');
    for (const one of [page, bob.page]) {
      await eventually('a notification says so', async () => (await notifications(one)).some((words) => /database does not answer/.test(words)));
    }
    await eventually('the edits are counted', async () => /6 edits kept here/.test(await edits()));
    await page.keyboard.press('Control+s');
    await eventually('saving by key promises nothing', async () => (await notifications(page)).some((words) => /kept here/.test(words)), 20_000);
    await line(bob.page, 'Shapes').tap();
    await bob.page.keyboard.press('End');
    await bob.page.keyboard.type(' of Bob');
    await screenshot(page, 'no-database-1280');
    await screenshot(bob.page, 'no-database-360-dark');
  });
  await check('the browser asks before it leaves a page with such edits', async () => {
    const asks = new Promise((resolve) => page.once('dialog', (dialog) => resolve(dialog)));
    await page.close({ runBeforeUnload: true });
    const dialog = await asks;
    expect(dialog.type() === 'beforeunload', dialog.type());
    await dialog.dismiss();
  });
  await askStarter('start-database', 'started');
  await check('when the database is back everything is saved and visible', async () => {
    for (const one of [page, bob.page]) {
      await saved(one);
    }
    await eventually('both have all of it', async () => {
      const [first, second] = [await text(page), await text(bob.page)];
      return squeezed(first) === squeezed(second) && first.includes(' one two three') && first.includes(' of Bob');
    });
  });

  await check('the pages log no errors', () => {
    const errors = [...ann.errors, ...bob.errors];
    expect(errors.length === 0, errors.join(' | '));
  });
});
