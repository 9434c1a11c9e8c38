// A person in a stock Theia that knows Q-IDE only by the settings of README.md: a chat that calls a tool, one that is stopped, one
// whose model fails, ghost text. Arguments: the server's address, a token with the scopes ai and read, the folder of the workspace
// `demo`, which has a file shop.py with an empty line 2.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command, eventually, ghostText, lineEnd, openFile, shown, withTheia } from './theia.mjs';

const [server, token, folder] = process.argv.slice(2);
const SAVED_MILLISECONDS = 60_000;
const ACCEPTED_MILLISECONDS = 30_000;

/** The settings that README.md tells a person to paste, with the values filled in. */
function settings() {
  const page = readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'README.md'), 'utf8');
  const [, text] = /```json\n(.*?)```/s.exec(page);
  return JSON.parse(text.replaceAll('http://localhost:8080', server).replaceAll('TOKEN', token).replaceAll('WORKSPACE', 'demo'));
}

await withTheia({ settings: settings(), folder }, async ({ page, log, check }) => {
  const ask = async (question) => {
    await page.locator('.theia-ChatInput-Editor .monaco-editor').first().click();
    await page.keyboard.insertText(question);
    await page.locator('.theia-ChatInputOptions .codicon-send').click();
  };
  const lastAnswer = async () => (await page.locator('.theia-ResponseNode').last().innerText()).trim();

  await check('Theia connects to the MCP endpoint', () => eventually('it is connected', () => log().includes('MCP Streamable HTTP successful connected')));

  await check('a chat calls a tool of the MCP endpoint, after the person allowed it', async () => {
    await command(page, 'Toggle AI Chat');
    await ask('What does shop.py do? Use ~mcp_qide_read_file');
    await page.locator('.theia-tool-confirmation-main-btn', { hasText: 'Allow' }).click();
    const lengths = new Set();
    await eventually('the answer is whole', async () => {
      const text = await lastAnswer();
      lengths.add(text.length);
      return text.includes('The function total is empty.');
    });
    if (lengths.size < 3) throw new Error(`the answer was not streamed: ${[...lengths]}`);
    return { parts: lengths.size };
  });

  await check('a chat that the person stops ends', async () => {
    await ask('Go on');
    await eventually('it streams', async () => (await lastAnswer()).includes('on and on'));
    await page.locator('.theia-ChatInputOptions .codicon-stop-circle').click();
    await page.locator('.theia-ChatInputOptions .codicon-send').waitFor();
  });

  await check('a chat whose model fails says so in a sentence', async () => {
    await ask('Are you there?');
    const text = await eventually('it is said', async () => ((said) => /did not answer/.test(said) && said)(await lastAnswer()));
    const shown = (await page.locator('.theia-notification-message').allTextContents()).join('\n');
    if (`${text}\n${shown}`.includes('[object')) throw new Error(`${text}\n${shown}`);
    return { said: text.slice(0, 300) };
  });

  await check('ghost text is shown and accepted', async () => {
    await page.locator('#shell-tab-explorer-view-container').click();
    const editor = await openFile(page, 'shop.py');
    await lineEnd(page, editor, 2);
    // Not a letter: Theia would list words that begin with it, and Tab would take one of them.
    await page.keyboard.press('Space');
    await page.keyboard.press('Backspace');
    await eventually('ghost text is shown', async () => (await ghostText(editor)) === 'return 41 + 1' && (await shown(editor)).split('\n')[1] === '    ');
    if (await page.locator('.suggest-widget.visible').isVisible()) throw new Error('a list of words is shown');
    await page.keyboard.press('Tab');
    await eventually('it is accepted', async () => (await shown(editor)).split('\n')[1] === '    return 41 + 1', ACCEPTED_MILLISECONDS);
    await eventually('Theia saves it', async () => {
      const text = readFileSync(join(folder, 'shop.py'), 'utf8');
      if (text !== 'def total():\n    return 41 + 1\nprint(total())\n') throw new Error(`on disk: ${JSON.stringify(text)}, shown: ${JSON.stringify(await shown(editor))}`);
      return true;
    }, SAVED_MILLISECONDS);
  });
});
console.log('a stock Theia works with the settings alone');
