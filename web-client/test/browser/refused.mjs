// A person whose role an owner takes away while the page has no network: the server refuses what was typed meanwhile.
// Argument: --cookie SECRET, the login of an editor. Prints {"marker":"demote"} and waits for the line "demoted" on
// standard input, then {"marker":"promote"} and waits for "promoted"; both twice.

import { parseArgs } from 'node:util';
import { activeTab, askStarter, caretAfter, check, connected, editorOf, eventually, expect, notifications, offlineEdits, openFile, openPage, openWindow, run, saved, screenshot, send, silentProxy, squeezed, status, text } from './harness.mjs';

const { values } = parseArgs({ options: { cookie: { type: 'string' } } });

const TYPED = ' refused';

await run(async (browser) => {
  const { origin } = new URL(process.env.QIDE_URL);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addCookies([{ name: 'qide_session', value: values.cookie, url: origin, httpOnly: true, sameSite: 'Strict' }]);
  const proxy = await silentProxy(`${origin}/?workspace=demo`);
  const [away, here] = await Promise.all([openPage(context, proxy.link), openPage(context, `${origin}/?workspace=demo`)]);
  for (const { page } of [away, here]) await openFile(page, 'README.md');
  const keptHere = async () => (await status(away.page, 'edits')) === `Read only: ${TYPED.length} edits kept here`;

  await caretAfter(away.page, 'A small workspace');
  proxy.silence(true);
  await away.page.keyboard.type(TYPED);
  await eventually('the page notices', async () => (await status(away.page, 'connection')) !== 'Connected');
  await askStarter('demote', 'demoted');
  await check('edits typed without a network are kept when the role was taken away meanwhile', async () => {
    await eventually('the server knows', async () => (await status(here.page, 'edits')) === 'Read only');
    proxy.silence(false);
    await connected(away.page);
    await eventually('the status bar says so', keptHere);
    await eventually('the browser has them', async () => (await offlineEdits(away.page)) === TYPED.length);
    expect(!(await text(here.page)).includes(TYPED), 'the other window has them');
  });
  await check('they are there when their file is closed and opened again', async () => {
    await activeTab(away.page).locator('.codicon-close').click();
    await eventually('it is closed', async () => !(await editorOf(away.page, 'README.md').count()));
    await openFile(away.page, 'README.md');
    await eventually('the status bar says so', keptHere);
    expect((await text(away.page)).includes(TYPED), await text(away.page));
    await eventually('the browser has them', async () => (await offlineEdits(away.page)) === TYPED.length);
  });
  await askStarter('promote', 'promoted');
  await check('they are stored when the role is given back', async () => {
    await saved(away.page);
    await eventually('the other window has them', async () => squeezed(await text(here.page)).includes(squeezed(TYPED)));
    await eventually('nothing is kept', async () => (await offlineEdits(away.page)) === 0);
  });
  const { page: owner, errors: ownersErrors } = await openWindow(browser);
  const file = 'api/workspaces/demo/files/gone.txt';
  const { etag } = await send(owner, file, { method: 'PUT', headers: { 'If-None-Match': '*' }, body: 'first\n' });
  const dying = await openPage(context, proxy.link);
  await openFile(dying.page, 'gone.txt');
  await caretAfter(dying.page, 'first');
  proxy.silence(true);
  await dying.page.keyboard.type(TYPED);
  await eventually('the browser has them', async () => (await offlineEdits(dying.page)) === TYPED.length);
  await dying.page.close();
  await askStarter('demote', 'demoted');
  await check('a page starts whose person may not store the text of a deleted file, and shows it', async () => {
    await eventually('the server knows', async () => (await status(here.page, 'edits')) === 'Read only');
    const deleted = await send(owner, file, { method: 'DELETE', headers: { 'If-Match': etag } });
    expect(deleted.status < 300, String(deleted.status));
    proxy.silence(false);
    const again = await openPage(context, proxy.link);
    const show = again.page.getByRole('button', { name: 'Show the Text' });
    await show.waitFor();
    expect((await notifications(again.page)).join().includes('Only editors can change files'), 'it does not say why');
    await screenshot(again.page, 'refused-copy-1280');
    await show.click();
    await eventually('it is shown', async () => (await text(again.page)).startsWith(`first${TYPED}`));
    expect((await offlineEdits(again.page)) === TYPED.length, 'the browser lost it');
    away.errors.push(...again.errors);
    await again.page.close();
  });
  await askStarter('promote', 'promoted');
  await check('the next page stores it as a copy', async () => {
    await saved(here.page);
    const last = await openPage(context, proxy.link);
    await eventually('nothing is kept', async () => (await offlineEdits(last.page)) === 0);
    await eventually('it says where', async () => (await notifications(last.page)).join().includes('gone.conflict.txt'));
    away.errors.push(...last.errors);
  });
  await check('the pages log no errors', () => {
    const errors = [...away.errors, ...dying.errors, ...here.errors, ...ownersErrors];
    expect(errors.length === 0, errors.join(' | '));
  });
  proxy.end();
});
