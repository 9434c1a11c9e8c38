// Changes by a model: a tool proposes three parts, of which two are accepted and one is rejected while somebody else types in the
// same lines; code of an answer shown as a change; a change asked for at the caret. Undo takes back what was accepted.

import { caretAfter, check, command, editorOf, eventually, expect, openFile, openWindow, run, saved, screenshot, text } from './harness.mjs';
import { violations } from './axe.mjs';

const bar = (page) => page.getByRole('group', { name: 'Proposed change' });
const changes = (page) => page.locator('.chat-changes');
const parts = (page, action) => page.getByRole('button', { name: `${action} this part` });

/** What the list of notifications has, which must be shown. */
const listed = (page) => page.locator('.notifications-center.visible .notification-list-item-message').allTextContents();

/** The text without the ghost lines of a change, which are beside the text. */
async function shows(page, words) {
  return (await text(page)).includes(words);
}

async function ask(page, question) {
  const field = page.getByRole('textbox', { name: 'Your question' });
  await field.fill(question);
  await eventually('a question can be sent', () => page.getByRole('button', { name: 'Send' }).isEnabled());
  await field.press('Enter');
}

/** A screenshot in each colour scheme; the page is light again at the end. */
async function pictures(page, name) {
  for (const scheme of ['dark', 'light']) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.locator(scheme === 'dark' ? '.monaco-workbench.vs-dark' : '.monaco-workbench.vs').first().waitFor();
    await screenshot(page, `${name}-${scheme}`);
  }
}

await run(async (browser) => {
  const { page, errors } = await openWindow(browser, { viewport: { width: 1440, height: 900 } });
  const other = await openWindow(browser, {}, process.argv[process.argv.indexOf('--other') + 1]);
  await openFile(page, 'src/shapes.py');
  await openFile(other.page, 'src/shapes.py');
  // Another window of the person, whose chat is closed.
  const quiet = await openWindow(browser);

  await check('each tool of the model is shown, and what it proposes in three parts', async () => {
    await page.locator('[id="qide.page.chat"]').click();
    expect(await page.getByRole('checkbox', { name: 'Tools' }).isChecked(), 'an editor has no tools');
    await ask(page, 'Use the library');
    const tools = page.getByRole('group', { name: 'Tools that the model used' });
    await eventually('both calls are done', async () => (await tools.locator('.chat-tool.is-done').count()) === 2);
    expect(/Read src\/shapes.py/.test((await tools.textContent()) ?? ''), 'the file that it read is not shown');
    await tools.locator('summary').first().click();
    expect(/class Circle/.test((await tools.getByRole('group', { name: 'What it got' }).first().textContent()) ?? ''), 'what it got is not shown');
    await eventually('there are three parts', async () => (await parts(page, 'Accept').count()) === 3);
    expect(await shows(page, '3.14159 * self'), 'the text changed before it was accepted');
    await eventually('the answer goes on', async () => /I read the file first\.\s*Please decide\./.test((await page.locator('.chat-answer .chat-markdown').last().textContent()) ?? ''));
    expect(/3 to decide/.test((await changes(page).textContent()) ?? ''), 'the list does not show it');
    await page.locator('.chat-answer[aria-busy="false"]').last().waitFor();
    expect(await tools.locator('details').first().evaluate((one) => one.open), 'the call that was opened is closed again');
    await tools.locator('summary').first().click();
    for (const part of ['.qide-change-bar', '.qide-change-part', '.qide-chat']) {
      const found = await violations(page, part);
      expect(found.length === 0, found.join('\n'));
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    await pictures(page, 'change-set-1280');
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  await check('a window without a chat says that a change is proposed', async () => {
    await command(quiet.page, 'Notifications: Show Notifications');
    await eventually('it says so', async () => (await listed(quiet.page)).join().includes('proposes a change to src/shapes.py'));
    await screenshot(quiet.page, 'change-notification-1280');
  });

  await check('another window of the person, a phone, has the change too', async () => {
    const phone = await openWindow(browser, { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
    await phone.page.getByRole('button', { name: 'Chat', exact: true }).click();
    await eventually('the list shows it', async () => /3 to decide/.test((await changes(phone.page).textContent()) ?? ''));
    await pictures(phone.page, 'change-list-390');
    await changes(phone.page).getByRole('button', { name: 'shapes.py' }).first().click();
    await bar(phone.page).waitFor();
    await eventually('each part can be decided', async () => (await parts(phone.page, 'Accept').count()) === 3);
    for (const part of [...(await parts(phone.page, 'Accept').all()), ...(await parts(phone.page, 'Reject').all())]) {
      const { x, width } = await part.boundingBox();
      expect(x >= 0 && x + width <= 390, 'a choice is outside of the screen');
    }
    await pictures(phone.page, 'change-set-390');
    expect(phone.errors.length === 0, phone.errors.join(' | '));
    await phone.context.close();
  });

  await check('two parts are accepted and one is rejected while somebody types in the same lines', async () => {
    await caretAfter(other.page, '3.14159');
    await other.page.keyboard.type('  # exact');
    await parts(page, 'Accept').first().click();
    await eventually('the first is in the text', () => shows(page, 'Circles and their areas'));
    await eventually('one part less', async () => (await parts(page, 'Accept').count()) === 2);
    await parts(page, 'Accept').first().click();
    await other.page.keyboard.type('?');
    await eventually('both are in the line', () => shows(page, 'return math.pi * self.radius**2  # exact?'));
    await parts(page, 'Reject').first().click();
    await eventually('the choice is gone', async () => (await bar(page).count()) === 0);
    expect(await shows(page, 'return sum(shape.area() for shape in shapes)'), 'the rejected part was applied');
    expect(/2 accepted, 1 rejected/.test((await changes(page).textContent()) ?? ''), 'the list does not count');
    await saved(page);
    await eventually('both windows have the same text', async () => (await text(page)) === (await text(other.page)));
    await eventually('the notification in another window is closed', async () => !(await listed(quiet.page)).join().includes('proposes a change'), 5_000);
    expect(quiet.errors.length === 0, quiet.errors.join(' | '));
    await quiet.context.close();
  });

  await check('undo takes back the own parts one by one, and the other person undoes her own', async () => {
    await editorOf(page, 'src/shapes.py').locator('.view-line').last().click();
    await page.keyboard.press('Control+z');
    await eventually('the second part is gone', () => shows(page, 'return 3.14159 * self.radius**2  # exact?'));
    expect(await shows(page, 'Circles and their areas'), 'the first part is gone too');
    await page.keyboard.press('Control+z');
    await eventually('the first part is gone', () => shows(page, 'Shapes and their areas'));
    await eventually('her own typing is gone', async () => {
      // A step for each word.
      await other.page.keyboard.press('Control+z');
      return shows(page, 'return 3.14159 * self.radius**2\n');
    });
    await eventually('nothing is left to undo', async () => !(await changes(page).isVisible()));
  });

  await check('code of an answer is shown as a change of its file', async () => {
    await ask(page, 'Name the number, and find the largest area');
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

  await check('what somebody types in the lines of a part stays when it is accepted', async () => {
    await page.getByRole('button', { name: 'Show as a change of the file' }).click();
    await eventually('there are two parts', async () => (await parts(page, 'Accept').count()) === 2);
    await caretAfter(other.page, 'return 3.14159');
    await other.page.keyboard.press('Home');
    await other.page.keyboard.type('pass; ');
    await eventually('it arrives', () => shows(page, 'pass; return 3.14159'));
    await bar(page).getByRole('button', { name: 'Accept' }).click();
    await eventually('the part and the typing are in the line', () => shows(page, 'pass; return PI * self.radius**2'));
    await eventually('the other part too', () => shows(page, 'return max(shape.area() for shape in shapes)'));
    await editorOf(page, 'src/shapes.py').locator('.view-line').last().click();
    await page.keyboard.press('Control+z');
    await eventually('one step undoes both parts', async () => (await shows(page, 'return sum(shape.area() for shape in shapes)')) && (await shows(page, 'pass; return 3.14159')));
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
