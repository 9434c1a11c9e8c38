// Two people in a stock Theia share a folder by its command *Collaborate*, with Q-IDE as the server of Open Collaboration Tools.
// Arguments: the server's address, the tokens of two people with the scope edit, and a folder with a file shop.py, which is not a
// workspace of the server.

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { eventually, lineEnd, openFile, shown, withTheia } from './theia.mjs';

const [server, tokenOfHost, tokenOfGuest, folder] = process.argv.slice(2);
const FILE = 'shop.py';
const ADDRESS = `${server}/oct`;

const collaborate = async (window, choice) => {
  await window.locator('#theia-statusBar .element', { hasText: 'Collaborate' }).click();
  await pick(window, choice);
};

const pick = (window, choice) => window.locator('.quick-input-list .monaco-list-row').filter({ hasText: choice }).first().click();

const answer = async (window, text) => {
  await window.locator('.quick-input-box input').fill(text);
  await window.keyboard.press('Enter');
};

const logIn = async (window, token) => {
  await pick(window, 'Use a token of Q-IDE');
  await window.getByText('Token of Q-IDE').first().waitFor();
  await answer(window, token);
};

await withTheia({ settings: { 'collaboration.serverUrl': ADDRESS, 'files.autoSave': 'afterDelay' }, folder }, async ({ page: host, newPage, check }) => {
  const guest = await newPage();
  let room;
  let editorOfHost;
  let editorOfGuest;

  await check('the host logs in with a token and shares the folder', async () => {
    await host.locator('#shell-tab-explorer-view-container').click();
    editorOfHost = await openFile(host, FILE);
    const created = host.waitForResponse((response) => response.url() === `${ADDRESS}/api/session/create` && response.status() === 200);
    await collaborate(host, 'Create New Collaboration Session');
    await logIn(host, tokenOfHost);
    room = (await (await created).json()).roomId;
    await host.locator('#theia-statusBar .element', { hasText: 'Shared' }).waitFor();
  });

  await check('a guest joins after the host has let them in', async () => {
    await guest.goto(host.url().replace(/#.*/, ''));
    await guest.locator('.theia-ApplicationShell').waitFor();
    await collaborate(guest, 'Join Collaboration Session');
    await guest.getByPlaceholder('Enter collaboration session code').waitFor();
    await answer(guest, room);
    await logIn(guest, tokenOfGuest);
    await host.locator('.theia-notification-list-item', { hasText: 'User \'Guest\' wants to join' }).getByRole('button', { name: 'Allow' }).click();
    await guest.locator('#theia-statusBar .element', { hasText: 'Connected' }).waitFor();
    if (!(await guest.locator('.theia-TreeNode').first().isVisible())) await guest.locator('#shell-tab-explorer-view-container').click();
    // For the guest the host's folder is one of the workspace's, closed at first.
    await guest.locator('.theia-TreeNode', { hasText: basename(folder) }).first().click();
    editorOfGuest = await openFile(guest, FILE);
    await eventually('the guest sees the text', async () => (await shown(editorOfGuest)) === (await shown(editorOfHost)) && (await shown(editorOfGuest)).length > 50);
  });

  await check('both type, and the host has it on disk', async () => {
    await lineEnd(host, editorOfHost, 1);
    await host.keyboard.press('Enter');
    await host.keyboard.type('# of the host', { delay: 20 });
    await eventually('the guest sees it', async () => (await shown(editorOfGuest)).includes('# of the host'));
    await lineEnd(guest, editorOfGuest, 2);
    await guest.keyboard.type(' and of the guest', { delay: 20 });
    const line = '# of the host and of the guest';
    await eventually('both have it', async () => (await shown(editorOfHost)).includes(line) && (await shown(editorOfHost)) === (await shown(editorOfGuest)));
    await eventually('it is on disk', () => readFileSync(join(folder, FILE), 'utf8').includes(line));
  });

  await check('the session ends with its host', async () => {
    await host.locator('#theia-statusBar .element', { hasText: 'Shared' }).click();
    await pick(host, 'End Collaboration Session');
    await guest.locator('#theia-statusBar .element', { hasText: 'Collaborate' }).waitFor();
  });
});
console.log('two people shared a folder by Theia’s Collaborate');
