// Terminals of one person in Theia with the extension of extensions/vscode. Arguments: the link of the server's owner, whose server
// permits terminals, and the packed extension.

import { drawTerminalsAsText, hasPrompt, textOfTerminal, typeInTerminal } from '../vscode/packaging/code-server.mjs';
import { command, eventually, withTheia } from './theia.mjs';

const [link, extension] = process.argv.slice(2);
/** A shell ends within this time. */
const EXIT_MILLISECONDS = 1_000;
/** A key has an effect within this time. */
const KEY_MILLISECONDS = 2_000;

await withTheia({ extensions: [extension], prepare: drawTerminalsAsText }, async ({ page: theia, check }) => {
  const visible = () => theia.locator('.terminal-container .xterm').filter({ visible: true });
  // Those of extensions. Theia adds a shell of its own machine to every window.
  const tabs = () => theia.locator('[id^="shell-tab-plugin-terminal-"]');
  const names = async () => (await tabs().allTextContents()).map((name) => name.trim());
  const type = (line) => typeInTerminal(theia, visible(), line);
  const shows = (words) => eventually(`the terminal shows ${words}`, async () => words.test(await textOfTerminal(visible())));
  const connected = () => eventually('it is connected', async () => (await theia.locator('#theia-statusBar').textContent()).includes('Connected'));
  const hasTerminals = (count) =>
    eventually(`the window has ${count} terminals`, async () => {
      const all = await names();
      if (all.length !== count) throw new Error(`its terminals are: ${all}`);
      return true;
    });

  await check('Theia opens the workspace by the link', async () => {
    await command(theia, 'Q-IDE: Open Workspace');
    await theia.getByText('The server’s address').waitFor();
    await theia.locator('.quick-input-box input').fill(link);
    await theia.keyboard.press('Enter');
    await connected();
  });

  await check('the key opens a terminal, which runs a command', async () => {
    await theia.keyboard.press('Control+`');
    await eventually('it is shown', async () => (await visible().count()) === 1);
    await hasPrompt(visible());
    // It has the focus.
    await theia.keyboard.type('kept=here-$((40+2)); echo set-$((40+2))');
    await theia.keyboard.press('Enter');
    await shows(/set-42/);
    return { names: await names() };
  });

  await check('a window that is loaded again shows the same shell', async () => {
    await theia.reload();
    await theia.locator('.theia-ApplicationShell').waitFor();
    await connected();
    await shows(/set-42/);
    await type('clear; echo still-$kept');
    await shows(/still-here-42/);
    await hasTerminals(1);
  });

  const openByProfile = async () => {
    await command(theia, 'Terminal: Create New Integrated Terminal from a Profile');
    await theia.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'Q-IDE' }).first().click();
    await eventually('another one is shown', async () => (await visible().count()) === 1 && !/still-here-42/.test(await textOfTerminal(visible())));
    await hasPrompt(visible());
  };

  await check('the profile opens another shell of the server, which ends by itself', async () => {
    await openByProfile();
    const opened = await names();
    await type('exit');
    await hasTerminals(1);
    await shows(/still-here-42/);
    return { names: opened };
  });

  await check('a shell of the profile whose tab is closed ends: it is not shown again', async () => {
    await openByProfile();
    await tabs().last().locator('.lm-TabBar-tabCloseIcon').click();
    await hasTerminals(1);
    await theia.reload();
    await theia.locator('.theia-ApplicationShell').waitFor();
    await connected();
    await shows(/still-here-42/);
    await hasTerminals(1);
  });

  await check('the key hides and shows the terminal', async () => {
    await visible().locator('textarea.xterm-helper-textarea').focus();
    await theia.keyboard.press('Control+`');
    await eventually('it is hidden', async () => (await visible().count()) === 0);
    await theia.waitForTimeout(KEY_MILLISECONDS);
    await theia.keyboard.press('Control+`');
    await shows(/still-here-42/);
    await hasTerminals(1);
  });

  await check('a command opens another one, and each ends with its own shell', async () => {
    await command(theia, 'Q-IDE: New Terminal');
    await hasTerminals(2);
    await hasPrompt(visible());
    await type('exit');
    await hasTerminals(1);
    await shows(/still-here-42/);
    await type('exit');
    await theia.waitForTimeout(EXIT_MILLISECONDS);
    await hasTerminals(0);
  });
});
console.log('a person used terminals of the server in Theia');
