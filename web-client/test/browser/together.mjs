// Two people in one file: keystrokes and carets are seen, and undo takes back one's own only.

import { caretAfter, check, eventually, expect, openFile, openWindow, run, screenshot, text } from './harness.mjs';

await run(async (browser) => {
  const ann = await openWindow(browser);
  const bob = await openWindow(browser);
  await openFile(ann.page, 'src/shapes.py');
  await openFile(bob.page, 'src/shapes.py');
  const before = await text(ann.page);

  await check('a keystroke of one window is seen in the other', async () => {
    await caretAfter(ann.page, 'return sum');
    await ann.page.keyboard.press('Enter');
    await ann.page.keyboard.type('# Ann');
    const began = Date.now();
    await eventually('Bob sees it', async () => (await text(bob.page)).includes('# Ann'));
    return { seenAfterMilliseconds: Date.now() - began };
  });

  await check('the other person’s caret carries a name', async () => {
    await eventually('Bob sees the label', () => bob.page.locator('.person-label').count());
    await eventually('Bob sees the caret', () => bob.page.locator('.person-caret').count());
    await eventually('the list of members has the other window', () => bob.page.locator('#members .member[data-path="src/shapes.py"]').count());
    await screenshot(bob.page, 'two-people-1280');
  });

  await check('undo after a remote insert above harms nothing', async () => {
    await caretAfter(bob.page, 'Shapes and their areas');
    await bob.page.keyboard.press('Home');
    await bob.page.keyboard.type('# Bob above');
    await bob.page.keyboard.press('Enter');
    await eventually('Ann sees Bob’s line', async () => (await text(ann.page)).includes('# Bob above'));
    // Ann's edits may be one or two undo steps, by how fast she typed.
    for (let step = 0; step < 4 && (await text(ann.page)).includes('# Ann'); step += 1) await ann.page.keyboard.press('Control+z');
    await eventually('Ann’s line is gone', async () => !(await text(ann.page)).includes('# Ann'));
    for (let step = 0; step < 3; step += 1) await ann.page.keyboard.press('Control+z');
    const expected = `# Bob above\n${before}`.trimEnd();
    await eventually('Ann has the old text and Bob’s line', async () => (await text(ann.page)).trimEnd() === expected);
    await eventually('Bob has the same', async () => (await text(bob.page)).trimEnd() === expected);
  });

  await check('redo brings the undone edit back, at its place', async () => {
    await ann.page.keyboard.press('Control+Shift+z');
    await eventually('it is back at both', async () => {
      const [one, other] = [await text(ann.page), await text(bob.page)];
      return one === other && one.includes('# Ann');
    });
  });

  await check('the pages have nothing to complain of', () => {
    const complaints = [...ann.complaints, ...bob.complaints];
    expect(complaints.length === 0, complaints.join(' | '));
  });
});
