// Two people in one file: keystrokes and carets are visible to both, and undo reverts only one's own edits. Then a
// lost network.

import { caretAfter, check, command, connected, eventually, expect, openFile, openWindow, run, saved, screenshot, silentProxy, status, text } from './harness.mjs';

await run(async (browser) => {
  const [ann, bob] = await Promise.all([openWindow(browser), openWindow(browser)]);
  await Promise.all([ann, bob].map(({ page }) => openFile(page, 'src/shapes.py')));
  const before = await text(ann.page);

  await check('a keystroke in one window appears in the other', async () => {
    await caretAfter(ann.page, 'return sum');
    await ann.page.keyboard.press('Enter');
    await ann.page.keyboard.type('# Ann');
    const began = Date.now();
    await eventually('Bob sees it', async () => (await text(bob.page)).includes('# Ann'));
    return { seenAfterMilliseconds: Date.now() - began };
  });

  await check('the other person’s caret has a name', async () => {
    await eventually('Bob sees the label', () => bob.page.locator('.person-label').count());
    await eventually('Bob sees the caret', () => bob.page.locator('.person-caret').count());
    await command(bob.page, 'Focus on Members View');
    await eventually('the list of members has the other window', () => bob.page.locator('.monaco-list-row[aria-label*="another window · src/shapes.py"]').count());
    await screenshot(bob.page, 'two-people-1280');
  });

  await check('undo after a remote insert above reverts only one’s own edit', async () => {
    await caretAfter(bob.page, 'Shapes and their areas');
    await bob.page.keyboard.press('Home');
    await bob.page.keyboard.type('# Bob above');
    await bob.page.keyboard.press('Enter');
    await eventually('Ann sees Bob’s line', async () => (await text(ann.page)).includes('# Bob above'));
    for (let step = 0; step < 4 && (await text(ann.page)).includes('# Ann'); step += 1) await ann.page.keyboard.press('Control+z');
    await eventually('Ann’s line is gone', async () => !(await text(ann.page)).includes('# Ann'));
    for (let step = 0; step < 3; step += 1) await ann.page.keyboard.press('Control+z');
    const expected = `# Bob above\n${before}`.trimEnd();
    await eventually('Ann has the old text and Bob’s line', async () => (await text(ann.page)).trimEnd() === expected);
    await eventually('Bob has the same', async () => (await text(bob.page)).trimEnd() === expected);
  });

  await check('redo restores the undone edit at its position', async () => {
    for (let step = 0; step < 4 && !(await text(ann.page)).includes('# Ann'); step += 1) await ann.page.keyboard.press('Control+Shift+z');
    await eventually('it is back at both', async () => {
      const [one, other] = [await text(ann.page), await text(bob.page)];
      return one === other && one.includes('# Ann');
    });
  });

  const proxy = await silentProxy();
  const cem = await openWindow(browser, {}, proxy.link);
  await openFile(cem.page, 'README.md');
  await check('a page stays connected while the server answers, even if the browser reports offline', async () => {
    let reconnects = 0;
    cem.page.on('websocket', () => (reconnects += 1));
    // A pause of the machine of two seconds looks like a lost network.
    await eventually('the connection stays the same', async () => {
      await connected(cem.page);
      const before = reconnects;
      await cem.page.evaluate(() => dispatchEvent(new Event('offline')));
      // The page waits two seconds for the answer to its heartbeat.
      await cem.page.waitForTimeout(2_200);
      return (await status(cem.page, 'connection')) === 'Connected' && reconnects === before;
    });
  });
  await check('it shows a lost network within seconds, and continues when the network is back', async () => {
    proxy.silence(true);
    await cem.page.evaluate(() => dispatchEvent(new Event('offline')));
    const began = Date.now();
    await eventually('the page says so', async () => /onnecting/.test(await status(cem.page, 'connection')), 30_000);
    const shownAfterMilliseconds = Date.now() - began;
    await caretAfter(cem.page, 'A small workspace');
    await cem.page.keyboard.type(' offline');
    await eventually('the edits are counted', async () => (await status(cem.page, 'edits')) === 'Offline: 8 edits kept here');
    proxy.silence(false);
    await cem.page.evaluate(() => dispatchEvent(new Event('online')));
    await connected(cem.page);
    await saved(cem.page);
    return { shownAfterMilliseconds };
  });
  proxy.end();

  await check('the pages log no errors', () => {
    const errors = [...ann.errors, ...bob.errors, ...cem.errors];
    expect(errors.length === 0, errors.join(' | '));
  });
});
