// The people of a workspace: an owner makes links for guests on the page, and everybody writes to the team chat.
// Arguments: --viewer LINK of a viewer.

import { parseArgs } from 'node:util';
import { answer, check, command, connected, eventually, expect, openWindow, pick, run, screenshot, silentProxy } from './harness.mjs';

const { values } = parseArgs({ options: { viewer: { type: 'string' } } });

const teamChat = (page) => page.locator('.team-chat');
const texts = (page) => teamChat(page).locator('.team-chat-text').allTextContents();
const welcome = (page) => page.locator('.welcome-view-content', { hasText: 'A link lets somebody without an account' });
const share = (page, name) => page.locator(`.monaco-list-row[aria-label^="${name}, can"]`);

async function write(page, words) {
  await teamChat(page).getByRole('textbox').fill(words);
  await page.keyboard.press('Enter');
}

/** Makes a link in the dialogs, and returns it. */
async function makeLink(page, role, days, name) {
  await command(page, 'Share This Workspace…');
  await pick(page, role);
  await pick(page, days);
  await eventually('the name is asked for', () => page.getByText('The name of the guest').count());
  await answer(page, name);
  const field = page.locator('.quick-input-widget:visible .quick-input-box input[type=text]');
  return eventually('the link is shown', async () => /#token=/.test(await field.inputValue()) && field.inputValue());
}

await run(async (browser) => {
  const proxy = await silentProxy();
  const ann = await openWindow(browser, { permissions: ['clipboard-read', 'clipboard-write'] }, proxy.link);
  const { page } = ann;
  const windows = [ann];

  let link = '';
  await check('an owner without links reads what they are for, and is offered to make one', async () => {
    await command(page, 'Focus on Links for Guests View');
    await welcome(page).getByRole('button', { name: 'Share This Workspace' }).click();
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Can edit' }).first().waitFor();
    await page.keyboard.press('Escape');
  });

  await check('an owner makes a link for a guest, which is copied and listed', async () => {
    link = await makeLink(page, 'Can edit', '30 days', 'Ben');
    await screenshot(page, 'share-link-1280-light');
    await page.keyboard.press('Enter');
    await eventually('it is copied', async () => (await page.evaluate(() => navigator.clipboard.readText())) === link);
    await command(page, 'Focus on Links for Guests View');
    const row = await share(page, 'Ben').getAttribute('aria-label');
    expect(/Ben, can edit until .*\d{4}/.test(row), row);
    await screenshot(page, 'people-1280-light');
  });

  let ben;
  await check('the guest enters by the link and is not offered to share', async () => {
    ben = await openWindow(browser, { colorScheme: 'dark' }, link);
    windows.push(ben);
    await command(ben.page, 'Open Team Chat');
    await teamChat(ben.page).getByRole('textbox').waitFor();
    expect((await ben.page.getByText('Links for Guests').count()) === 0, 'the guest sees the links');
  });

  await check('a message reaches everybody at once, with name and as plain text', async () => {
    await command(page, 'Open Team Chat');
    await write(ben.page, 'Hello <b>Ann</b> 🎉');
    await eventually('it is shown to both', async () => (await texts(page)).at(-1) === 'Hello <b>Ann</b> 🎉' && (await texts(ben.page)).length === 1);
    expect((await teamChat(page).locator('.team-chat-name').last().textContent()) === 'Ben', 'the name is missing');
    await write(page, 'Welcome!');
    await eventually('the answer is shown to both', async () => (await texts(ben.page)).at(-1) === 'Welcome!' && (await texts(page)).length === 2);
    await screenshot(page, 'team-chat-1280-light');
    await screenshot(ben.page, 'team-chat-1280-dark');
  });

  await check('a message that arrives while the chat is hidden is counted until it is read', async () => {
    await command(page, 'Show Explorer');
    await write(ben.page, 'Are you there?');
    const unread = page.getByRole('button', { name: 'A new message in the team chat' });
    await unread.click();
    await eventually('it is shown', async () => (await texts(page)).at(-1) === 'Are you there?');
    await unread.waitFor({ state: 'detached' });
  });

  await check('what is written without a connection is sent once when it is back, and nothing is missed', async () => {
    proxy.silence(true);
    await page.evaluate(() => dispatchEvent(new Event('offline')));
    await eventually('the page notices', () => page.getByText('Reconnecting …').count());
    await write(page, 'Yes, again');
    await teamChat(page).getByText('Not sent').waitFor();
    await write(ben.page, 'Still here');
    proxy.silence(false);
    await page.evaluate(() => dispatchEvent(new Event('online')));
    await connected(page);
    for (const { page: each } of windows) {
      await eventually('both have both once', async () => {
        const all = await texts(each);
        const isWhole = all.length === 5 && ['Yes, again', 'Still here'].every((words) => all.filter((one) => one === words).length === 1);
        expect(isWhole, `${each === page ? 'the owner' : 'the guest'} reads ${JSON.stringify(all)}, ${await teamChat(each).textContent()}`);
        return true;
      });
    }
    expect((await teamChat(page).getByText('Not sent').count()) === 0, 'it is still marked');
    // The explorer reads the tree again after a reconnect: the view that is open must stay. The page waits 300 ms before it does.
    await page.waitForTimeout(1_000);
    expect(await teamChat(page).isVisible(), 'the reconnect closed the team chat');
  });

  await check('the messages are there after a reload', async () => {
    await ben.page.reload();
    await ben.page.waitForSelector('html[data-ready]');
    await command(ben.page, 'Open Team Chat');
    await eventually('all are shown', async () => (await texts(ben.page)).length === 5);
  });

  await check('a viewer reads the team chat and has no field to write', async () => {
    const vera = await openWindow(browser, { viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true }, values.viewer);
    windows.push(vera);
    await vera.page.locator('.phone-bar').getByRole('button', { name: 'People' }).tap();
    await eventually('she reads', async () => (await texts(vera.page)).length === 5);
    expect((await teamChat(vera.page).getByRole('textbox').count()) === 0, 'she may write');
    await screenshot(vera.page, 'people-390-light');
  });

  await check('a link that is revoked ends the guest’s visit', async () => {
    await command(page, 'Focus on Links for Guests View');
    await share(page, 'Ben').hover();
    await share(page, 'Ben').getByRole('button', { name: 'Revoke This Link…' }).click();
    await page.getByRole('button', { name: 'Revoke It' }).click();
    await share(page, 'Ben').waitFor({ state: 'detached' });
    await eventually('the guest is signed out', () => ben.page.getByText('Signed out').count());
  });

  await check('the pages log no errors', () => {
    const errors = windows.flatMap(({ errors }) => errors);
    expect(errors.length === 0, errors.join(' | '));
  });
  proxy.end();
});
