// A person whose role an owner changes while the page is open.
// Argument: --cookie SECRET, the login of an editor. Prints {"marker":"demote"} and waits for the line "demoted" on
// standard input, then {"marker":"promote"} and waits for "promoted".

import { parseArgs } from 'node:util';
import { askStarter, caretAfter, check, eventually, expect, notifications, openFile, openPage, openWindow, run, saved, screenshot, squeezed, status, text } from './harness.mjs';

const { values } = parseArgs({ options: { cookie: { type: 'string' } } });

await run(async (browser) => {
  const { origin } = new URL(process.env.QIDE_URL);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addCookies([{ name: 'qide_session', value: values.cookie, url: origin, httpOnly: true, sameSite: 'Strict' }]);
  const [vera, owner] = await Promise.all([openPage(context, `${origin}/?workspace=demo`), openWindow(browser)]);
  await Promise.all([vera, owner].map(({ page }) => openFile(page, 'README.md')));
  const type = async (words) => {
    await caretAfter(vera.page, 'A small workspace');
    await vera.page.keyboard.type(words);
  };

  await check('an editor types', async () => {
    await type(' first');
    await saved(vera.page);
    await eventually('the owner sees it', async () => squeezed(await text(owner.page)).includes('first'));
  });
  await askStarter('demote', 'demoted');
  await check('a viewer’s open editor becomes read-only at once, and says why', async () => {
    await eventually('the status bar says so', async () => (await status(vera.page, 'edits')) === 'Read only');
    expect((await notifications(vera.page)).join().includes('You may now only read'), 'no notification');
    const before = await text(vera.page);
    await type(' second');
    await eventually('it says why', async () => /may read this file/.test(await vera.page.locator('.monaco-editor-overlaymessage').textContent()));
    await screenshot(vera.page, 'demoted-1280');
    expect((await text(vera.page)) === before, 'the text changed');
  });
  await askStarter('promote', 'promoted');
  await check('a promotion makes it writable again', async () => {
    await eventually('the status bar says so', async () => (await status(vera.page, 'edits')) === 'Saved');
    await type(' third');
    await saved(vera.page);
    await eventually('the owner sees it', async () => squeezed(await text(owner.page)).includes('firstthird'));
  });
  await check('the pages log no errors', () => {
    const errors = [...vera.errors, ...owner.errors];
    expect(errors.length === 0, errors.join(' | '));
  });
});
