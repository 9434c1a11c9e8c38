// Terminals of one person in VS Code (code-server with the packed extension). Arguments: --code URL of code-server, --link LINK of
// the server's owner; --pictures a directory for screenshots.

import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { checksOf, command, connected, drawTerminalsAsText, eventually, hasPrompt, openWorkspace, PATIENCE_MILLISECONDS, terminals, textOfTerminal, typeInTerminal } from './code-server.mjs';

/** A shell ends within this time. */
const EXIT_MILLISECONDS = 1_000;

const { values } = parseArgs({ options: { code: { type: 'string' }, link: { type: 'string' }, pictures: { type: 'string' } } });

const browser = await chromium.launch({ executablePath: process.env.QIDE_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
context.setDefaultTimeout(PATIENCE_MILLISECONDS);
await drawTerminalsAsText(context);
const code = await context.newPage();
const check = checksOf(browser, [code], values.pictures, 'terminals');
const visible = () => terminals(code);
const type = (terminal, line) => typeInTerminal(code, terminal, line);

await check('VS Code opens the workspace by the link', async () => ({ reloaded: await openWorkspace(code, values.code, values.link) }));

await check('the key opens a terminal, which runs a command', async () => {
  await code.keyboard.press('Control+`');
  await eventually('it is shown', async () => (await visible().count()) === 1);
  await hasPrompt(visible());
  // It has the focus.
  await code.keyboard.type('kept=here-$((40+2)); echo set-$((40+2))');
  await code.keyboard.press('Enter');
  await eventually('the output is shown', async () => /set-42/.test(await textOfTerminal(visible())));
});

await check('a window that is loaded again shows the same shell', async () => {
  await code.reload();
  await connected(code);
  await eventually('its output is shown', async () => {
    for (const one of await visible().all()) if (/set-42/.test(await textOfTerminal(one))) return true;
    // The panel may show another terminal, or be hidden.
    await command(code, 'Terminal: Focus Next Terminal Group');
    return false;
  });
  await type(visible(), 'clear; echo still-$kept');
  await eventually('it is the same shell', async () => /still-here-42/.test(await textOfTerminal(visible())));
  const all = await code.locator('.terminal-wrapper').count();
  if (all !== 1) throw new Error(`the window has ${all} terminals`);
});

await check('the panel’s + opens another shell of the server, which ends by itself', async () => {
  await code.locator('.part.panel .codicon-plus').filter({ visible: true }).first().click();
  await eventually('it is shown', async () => !/still-here-42/.test(await textOfTerminal(visible())));
  await hasPrompt(visible());
  await type(visible(), 'exit');
  await eventually('the first is shown again', async () => /still-here-42/.test(await textOfTerminal(visible())));
});

await check('Split opens another shell of the server beside it', async () => {
  await command(code, 'Terminal: Split Terminal');
  await eventually('it is split', async () => (await visible().count()) === 2);
  await hasPrompt(visible().last());
  return { names: (await code.locator('.tabs-list').innerText()).split(/\n+/) };
});

await check('each half ends with its own shell', async () => {
  await type(visible().last(), 'exit');
  await eventually('one is left', async () => (await visible().count()) === 1);
  await eventually('it is the first', async () => /still-here-42/.test(await textOfTerminal(visible())));
  await eventually('its shell has ended', async () => {
    // VS Code may move the focus to it while this types.
    await type(visible(), 'exit');
    await code.waitForTimeout(EXIT_MILLISECONDS);
    return (await visible().count()) === 0;
  });
});

await check('a key that is pressed while the window loads opens a shell of the server, and nothing else', async () => {
  await code.reload();
  await code.waitForSelector('.monaco-workbench .activitybar', { timeout: PATIENCE_MILLISECONDS });
  await eventually('a key has an effect', async () => {
    await code.keyboard.press('Control+`');
    return (await code.locator('.terminal-wrapper').count()) > 0;
  });
  await connected(code);
  await hasPrompt(visible());
  const all = await code.locator('.terminal-wrapper').count();
  if (all !== 1) throw new Error(`the window has ${all} terminals`);
});

await browser.close();
