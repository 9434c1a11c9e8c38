// The chat with models: a streamed answer as Markdown, its code copied and inserted, what is attached, history, a reload and a
// lost connection meanwhile, usage; text of a model that tries to become markup; axe, keyboard, phone.

import { check, editorOf, eventually, expect, openFile, openWindow, run, saved, screenshot, silentProxy, text } from './harness.mjs';
import { violations } from './axe.mjs';

const LAST_WORDS = 'The end of the answer';

const answers = (page) => page.locator('.chat-answer[aria-busy=false]');

async function openChat(page) {
  await page.locator('[id="qide.page.chat"]').click();
  await page.getByRole('textbox', { name: 'Your question' }).waitFor();
}

async function ask(page, question) {
  await page.getByRole('textbox', { name: 'Your question' }).fill(question);
  await eventually('a question can be sent', () => page.getByRole('button', { name: 'Send' }).isEnabled());
  await page.getByRole('textbox', { name: 'Your question' }).press('Enter');
}

/** Asks, and waits for the end of the answer. */
async function answered(page, question) {
  const known = await answers(page).count();
  await ask(page, question);
  await eventually('the answer has ended', async () => (await answers(page).count()) > known);
}

await run(async (browser) => {
  const window = await openWindow(browser, { viewport: { width: 1440, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'] });
  const { page, errors } = window;
  await openFile(page, 'src/shapes.py');

  await check('the code of the chat is loaded when it is shown first', async () => {
    const loaded = () => page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => /chat-view|page-host/.test(name)).length);
    expect((await loaded()) === 0, 'it was loaded before');
    await openChat(page);
    expect((await loaded()) > 0, 'it was not loaded');
  });

  await check('an answer is shown as Markdown, with the model and its tokens', async () => {
    await answered(page, 'How do I add a square?');
    const answer = answers(page).last();
    expect((await answer.locator('h4').textContent()) === 'A square', 'no heading');
    expect((await answer.locator('li').count()) === 2, 'no list');
    expect((await answer.locator('table td').count()) === 2, 'no table');
    expect(/scripted · \d+ in, \d+ out/.test((await answer.locator('.chat-foot').textContent()) ?? ''), 'no tokens');
    await eventually('the code is coloured', async () => (await answer.locator('.chat-code code [class^=mtk]').count()) > 3);
    await screenshot(page, 'chat-1440-light');
  });

  await check('code is copied and inserted at the caret', async () => {
    const code = answers(page).last().locator('.chat-code').first();
    await code.getByRole('button', { name: 'Copy' }).click();
    await eventually('it is in the clipboard', async () => /class Square/.test(await page.evaluate(() => navigator.clipboard.readText())));
    await editorOf(page, 'src/shapes.py').locator('.view-line').first().click();
    await page.keyboard.press('Control+End');
    await code.getByRole('button', { name: 'Insert at the caret' }).click();
    await eventually('it is in the editor', async () => /class Square/.test(await text(page)));
    await saved(page);
    await page.keyboard.press('Control+z');
    await eventually('one step undoes it', async () => !/class Square/.test(await text(page)));
  });

  await check('text of a model stays text', async () => {
    expect((await page.evaluate(() => globalThis.wasAttacked)) === undefined, 'a script of the model ran');
    const answer = answers(page).last();
    expect((await answer.locator('img, script, iframe, svg.attack, [onerror], [onclick], [style]').count()) === 0, 'text became an element');
    const links = await answer.locator('a').evaluateAll((all) => all.map(({ href }) => href));
    expect(links.every((href) => /^(https?|mailto):/.test(href)), `links: ${links}`);
    expect(/<img src=x onerror=/.test((await answer.textContent()) ?? ''), 'HTML is not shown as it is written');
  });

  for (const colorScheme of ['light', 'dark']) {
    await check(`axe finds nothing serious in the chat, ${colorScheme}`, async () => {
      await page.emulateMedia({ colorScheme });
      await eventually('the theme follows', async () => (await page.locator(`.monaco-workbench.${colorScheme === 'dark' ? 'vs-dark' : 'vs'}`).count()) > 0);
      const found = await violations(page, '.qide-chat');
      expect(found.length === 0, found.join('\n'));
    });
  }
  await screenshot(page, 'chat-1440-dark');

  await check('what is attached can be looked at before and after', async () => {
    await page.getByRole('button', { name: 'Attach shapes.py', exact: true }).click();
    await page.getByRole('button', { name: 'shapes.py: show what is sent' }).click();
    await eventually('it shows the text', async () => /class Circle/.test((await page.locator('.chat-preview pre').textContent()) ?? ''));
    await answered(page, 'What does this file do?');
    const sent = page.locator('.chat-question').last().locator('details');
    await sent.locator('summary').click();
    expect(/class Circle/.test((await sent.locator('pre').textContent()) ?? ''), 'what was sent is not shown');
    await page.getByRole('button', { name: 'Do not attach shapes.py' }).click();
  });

  await check('an answer goes on after a reload of the page and ends whole', async () => {
    await ask(page, 'slow please');
    await eventually('it has begun', async () => /slow/.test((await page.locator('.chat-answer').last().textContent()) ?? ''));
    await page.reload();
    await page.waitForSelector('html[data-ready]');
    if ((await page.getByRole('textbox', { name: 'Your question' }).count()) === 0) await openChat(page);
    await eventually('it is whole', async () => (await answers(page).last().textContent())?.includes(LAST_WORDS));
  });

  await check('stop ends the answer and keeps what was generated', async () => {
    await ask(page, 'slow please');
    await eventually('it has begun', async () => /slow/.test((await page.locator('.chat-answer').last().textContent()) ?? ''));
    await page.getByRole('button', { name: 'Stop the answer' }).click();
    await eventually('it has stopped', async () => /Stopped/.test((await page.locator('.chat-answer').last().textContent()) ?? ''));
    expect(/slow/.test((await page.locator('.chat-answer').last().textContent()) ?? ''), 'what was generated is gone');
  });

  await check('an answer goes on after the connection was lost', async () => {
    const proxy = await silentProxy();
    const { page: other, context } = await openWindow(browser, {}, proxy.link);
    await openChat(other);
    await ask(other, 'slow please');
    await eventually('it has begun', async () => /slow/.test((await other.locator('.chat-answer').last().textContent()) ?? ''));
    proxy.silence(true);
    proxy.silence(false);
    await eventually('it is whole', async () => (await answers(other).last().textContent())?.includes(LAST_WORDS));
    const { words } = await other.locator('.chat-answer').last().evaluate((one) => ({ words: one.querySelector('.chat-markdown').textContent }));
    const numbers = [...words.matchAll(/\d+/g)].map(Number);
    expect(numbers.every((number, index) => number === index + 1), `parts are missing or repeated: ${words}`);
    await context.close();
    proxy.end();
  });

  await check('the name of a file stays text', async () => {
    const name = '<img src=x onerror=globalThis.wasAttacked=1>.md';
    await openFile(page, name);
    await page.locator('.chat-offer', { hasText: '<img' }).click();
    await page.locator('.chat-chip-label', { hasText: '<img' }).click();
    await eventually('its text is shown', async () => (await page.locator('.chat-preview pre').count()) === 1);
    expect((await page.locator('.qide-chat img').count()) === 0, 'the name became an element');
    expect((await page.evaluate(() => globalThis.wasAttacked)) === undefined, 'a script of the name ran');
    await page.locator('.chat-chip').getByRole('button', { name: /Do not attach/ }).click();
  });

  await check('conversations are listed, opened and deleted, by keyboard', async () => {
    await page.getByRole('button', { name: 'New conversation' }).click();
    await answered(page, '<img src=x onerror="globalThis.wasAttacked=1"> second');
    await page.getByRole('button', { name: 'Conversations' }).press('Enter');
    const rows = page.locator('.chat-history-row');
    await eventually('all are listed', async () => (await rows.count()) === 3);
    // The list is shown as it was known, and then as the server has it.
    expect(await page.evaluate(() => document.activeElement.matches('.chat-history-row')), 'the list has lost the focus');
    expect((await page.locator('.qide-chat img').count()) === 0, 'a title became an element');
    await rows.nth(2).press('Enter');
    await eventually('the first one is shown', async () => /How do I add a square/.test((await page.locator('.chat-title').textContent()) ?? ''));
    expect(/class Square/.test((await page.locator('.chat-messages').textContent()) ?? ''), 'without its messages');
    await page.getByRole('button', { name: 'Conversations' }).press('Enter');
    await page.getByRole('button', { name: 'Delete How do I add a square?' }).press('Enter');
    expect(await page.evaluate(() => document.activeElement.closest('.chat-confirm') !== null), 'the question has not got the focus');
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => /Delete How do I add a square/.test(document.activeElement.ariaLabel)), 'the focus is elsewhere after the question');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await eventually('two are left', async () => (await rows.count()) === 2);
    await page.keyboard.press('Escape');
  });

  await check('the usage of the month is shown by model', async () => {
    await page.locator('.chat-usage summary').click();
    await eventually('it is shown', async () => /scripted/.test((await page.locator('.chat-usage td, .chat-usage th').allTextContents()).join(' ')));
    await page.locator('.chat-usage summary').click();
  });

  await check('the chat fills a phone', async () => {
    const phone = await openWindow(browser, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await phone.page.locator('.phone-bar').getByRole('button', { name: 'Chat' }).tap();
    await phone.page.getByRole('textbox', { name: 'Your question' }).fill('How do I add a square?');
    await phone.page.getByRole('button', { name: 'Send' }).tap();
    await eventually('the answer is shown', async () => (await answers(phone.page).count()) === 1);
    const { width } = await phone.page.locator('.qide-chat').boundingBox();
    expect(width > 380 && width <= 390, `it is ${width} pixels wide`);
    const small = await phone.page.locator('.qide-chat button:visible').evaluateAll((all) => all.filter((one) => !one.matches('.chat-link, .chat-chip *') && Math.min(one.offsetWidth, one.offsetHeight) < 40).map((one) => one.outerHTML.slice(0, 120)));
    expect(small.length === 0, `too small for a finger: ${small}`);
    await screenshot(phone.page, 'chat-390-light');
    errors.push(...phone.errors);
    await phone.context.close();
  });

  await check('a key for the model is stored on the account page, and never shown again', async () => {
    const account = await window.context.newPage();
    await account.goto(new URL('?page=account', page.url()).href);
    const key = account.getByLabel('Key for scripted', { exact: true });
    await key.fill('sk-very-secret');
    await account.getByRole('button', { name: 'Save the key for scripted' }).click();
    await account.locator('#model-keys .badge').waitFor();
    await account.reload();
    await account.locator('#model-keys .badge').waitFor();
    expect(!(await account.content()).includes('very-secret') && (await key.inputValue()) === '', 'the key is shown');
    for (const [name, width] of [['desk', 1280], ['phone', 390]]) {
      await account.setViewportSize({ width, height: 844 });
      expect(await account.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `the page is wider than a ${name}`);
      await account.locator('#model-keys').scrollIntoViewIfNeeded();
      await screenshot(account, `model-keys-${name}`);
    }
    const found = await violations(account, '.account-page');
    expect(found.length === 0, found.join('\n'));
    await account.getByRole('button', { name: 'Delete the key for scripted' }).click();
    await eventually('it is deleted', async () => (await account.locator('#model-keys .badge').count()) === 0);
    await account.close();
  });

  await check('the page logs no errors', () => expect(errors.length === 0, errors.join(' | ')));
});
