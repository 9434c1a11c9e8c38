// A person whose role an owner changes while the page is open, and in whose browser somebody else signs in.
// Argument: --cookie SECRET, the login of an editor. Prints {"marker":"demote"} and waits for the line "demoted" on
// standard input, then {"marker":"promote"} and waits for "promoted"; both again while the page is not connected.

import { parseArgs } from 'node:util';
import { askStarter, caretAfter, check, command, connected, eventually, expect, notifications, openFile, openPage, openWindow, run, saved, screenshot, silentProxy, squeezed, status, text } from './harness.mjs';

const { values } = parseArgs({ options: { cookie: { type: 'string' } } });

await run(async (browser) => {
  const { origin } = new URL(process.env.QIDE_URL);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const logIn = () => context.addCookies([{ name: 'qide_session', value: values.cookie, url: origin, httpOnly: true, sameSite: 'Strict' }]);
  await logIn();
  const proxy = await silentProxy(`${origin}/`);
  const [vera, owner] = await Promise.all([openPage(context, `${proxy.link}?workspace=demo`), openWindow(browser)]);
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
    await eventually('a notification says why', async () => (await notifications(vera.page)).join().includes('You may now only read'));
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
  await command(vera.page, 'Open Team Chat');
  for (const [marker, answer, role, sentence] of [
    ['demote', 'demoted', 'viewer', 'You may now only read'],
    ['promote', 'promoted', 'editor', 'You may now edit'],
  ]) {
    await check(`a page whose person became ${role} while it was not connected follows, and its team chat too`, async () => {
      await command(vera.page, 'Notifications: Clear All Notifications');
      proxy.silence(true);
      await askStarter(marker, answer);
      await eventually('the server knows', async () => (await (await context.request.get(`${origin}/api/me`)).json()).role.toLowerCase() === role);
      proxy.silence(false);
      await eventually('it says so', async () => (await notifications(vera.page)).join().includes(sentence));
      const fields = vera.page.locator('.team-chat').getByRole('textbox');
      await eventually('the team chat follows', async () => (await fields.count()) === (role === 'editor' ? 1 : 0));
    });
  }
  await check('it edits again', async () => {
    await type(' fourth');
    await saved(vera.page);
  });
  await check('a page sends nothing for somebody else who signs in in another tab, and goes on when its person is back', async () => {
    await command(vera.page, 'Notifications: Clear All Notifications');
    const other = await openPage(context, process.env.QIDE_URL);
    await other.page.close();
    proxy.silence(true);
    await type(' fifth');
    proxy.silence(false);
    await eventually('it says so', async () => (await notifications(vera.page)).join().includes('has signed in as'));
    expect((await status(vera.page, 'connection')) === 'Signed out', await status(vera.page, 'connection'));
    expect(!squeezed(await text(owner.page)).includes('fifth'), 'it was sent');
    await logIn();
    await connected(vera.page);
    await saved(vera.page);
    await eventually('the owner sees it', async () => squeezed(await text(owner.page)).includes('fifth'));
  });
  await check('the pages log no errors', () => {
    const errors = [...vera.errors, ...owner.errors];
    expect(errors.length === 0, errors.join(' | '));
  });
  proxy.end();
});
