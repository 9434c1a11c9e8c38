// Changes by a model, as edits of the person: code of an answer shown as a change, accepted part by part while somebody else
// types, and a change asked for at the caret; each is one step of undo.

import { caretAfter, check, editorOf, eventually, expect, openFile, openWindow, run, saved, screenshot, text } from './harness.mjs';
import { violations } from './axe.mjs';

const bar = (page) => page.getByRole('group', { name: 'Proposed change' });
const parts = (page, action) => page.getByRole('button', { name: `${action} this part` });

/** The text without the ghost lines of a change, which are beside the text. */
async function shows(page, words) {
  return (await text(page)).includes(words);
}

await run(async (browser) => {
  const { page, errors } = await openWindow(browser, { viewport: { width: 1440, height: 900 } });
  const other = await openWindow(browser);
  await openFile(page, 'src/shapes.py');
  await openFile(other.page, 'src/shapes.py');

  await check('code of an answer is shown as a change of its file', async () => {
    await page.locator('[id="qide.page.chat"]').click();
    const field = page.getByRole('textbox', { name: 'Your question' });
    await field.fill('Name the number, and find the largest area');
    await eventually('a question can be sent', () => page.getByRole('button', { name: 'Send' }).isEnabled());
    await field.press('Enter');
    await page.getByRole('button', { name: 'Show as a change of the file' }).click();
    await eventually('there are two parts', async () => (await parts(page, 'Accept').count()) === 2);
    expect(await shows(page, 'return 3.14159 * self.radius**2'), 'the text changed before it was accepted');
    expect(await page.evaluate(() => document.activeElement.textContent === 'Accept'), 'the focus is not at the choice');
    await screenshot(page, 'change-1440-light');
    for (const part of ['.qide-change-bar', '.qide-change-part']) {
      const found = await violations(page, part);
      expect(found.length === 0, found.join('\n'));
    }
  });

  await check('a part is accepted and one rejected while somebody else types above', async () => {
    await caretAfter(other.page, 'Shapes and their areas');
    await other.page.keyboard.type('  # typed meanwhile');
    await eventually('it arrives', () => shows(page, '# typed meanwhile'));
    await parts(page, 'Accept').first().click();
    await eventually('it is in the text', () => shows(page, 'return PI * self.radius**2'));
    await parts(page, 'Reject').first().click();
    await eventually('the choice is gone', async () => (await bar(page).count()) === 0);
    expect(await shows(page, 'return sum(shape.area() for shape in shapes)'), 'the rejected part was applied');
    await eventually('the other window has it', () => shows(other.page, 'return PI * self.radius**2'));
    await saved(page);
  });

  await check('undo takes back the own edit only', async () => {
    await editorOf(page, 'src/shapes.py').locator('.view-line').last().click();
    await page.keyboard.press('Control+z');
    await eventually('the change is gone', () => shows(page, 'return 3.14159 * self.radius**2'));
    expect(await shows(page, '# typed meanwhile'), 'the edit of the other person is gone too');
  });

  await check('a part whose lines somebody changed is not applied', async () => {
    await page.getByRole('button', { name: 'Show as a change of the file' }).click();
    await eventually('there are two parts', async () => (await parts(page, 'Accept').count()) === 2);
    await caretAfter(other.page, 'return 3.14159');
    await other.page.keyboard.press('Home');
    await other.page.keyboard.type('pass; ');
    await eventually('it arrives', () => shows(page, 'pass; return 3.14159'));
    await bar(page).getByRole('button', { name: 'Accept' }).click();
    await eventually('a sentence says so', async () => /changed these lines meanwhile/.test((await bar(page).textContent()) ?? ''));
    expect(await shows(page, 'return max(shape.area() for shape in shapes)'), 'the other part was not applied');
    expect(await shows(page, 'pass; return 3.14159'), 'the edit of the other person is lost');
    await page.keyboard.press('Escape');
    await eventually('the choice is gone', async () => (await bar(page).count()) === 0);
    await page.keyboard.press('Control+z');
    await eventually('the applied part is undone', () => shows(page, 'return sum(shape.area() for shape in shapes)'));
  });

  await check('a change is asked for at the caret, by keyboard', async () => {
    await caretAfter(page, 'return sum');
    await page.keyboard.press('Control+i');
    const field = page.getByRole('textbox', { name: 'Describe the change' });
    await eventually('the field has the focus', () => field.evaluate((one) => one === document.activeElement));
    const found = await violations(page, '.qide-inline-edit');
    expect(found.length === 0, found.join('\n'));
    await page.keyboard.type('the smallest one');
    await screenshot(page, 'inline-edit-1440-light');
    await page.keyboard.press('Enter');
    await bar(page).waitFor();
    await page.keyboard.press('Control+Enter');
    await eventually('it is in the text', () => shows(page, 'return min(shape.area() for shape in shapes)'));
    await page.keyboard.press('Control+z');
    await eventually('one step undoes it', () => shows(page, 'return sum(shape.area() for shape in shapes)'));
    await page.getByRole('button', { name: 'Conversations' }).click();
    await eventually('it is no conversation of the list', async () => (await page.locator('.chat-history-row').count()) === 1);
  });

  await check('the pages log no errors', () => expect([...errors, ...other.errors].length === 0, [...errors, ...other.errors].join(' | ')));
});
