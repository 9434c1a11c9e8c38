// Terminals of one person in VS Code (code-server with the packed extension). Arguments: --code URL of code-server, --link LINK of
// the server's owner; --settings the file with VS Code's settings of the person; --pictures a directory for screenshots.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { command, connected, eventually, openWorkspace, PATIENCE_MILLISECONDS } from './code-server.mjs';

const { values } = parseArgs({ options: { code: { type: 'string' }, link: { type: 'string' }, settings: { type: 'string' }, pictures: { type: 'string' } } });
const TERMINAL = '.terminal-wrapper.active .xterm';

const browser = await chromium.launch({ executablePath: process.env.QIDE_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
context.setDefaultTimeout(PATIENCE_MILLISECONDS);
// Without WebGL, terminals draw their text as elements of the page.
await context.addInitScript(() => {
  const { getContext } = HTMLCanvasElement.prototype;
  HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    return kind.startsWith('webgl') ? null : getContext.call(this, kind, ...rest);
  };
});
const code = await context.newPage();

async function check(sentence, run) {
  const began = Date.now();
  try {
    const figures = await run();
    console.log(JSON.stringify({ check: sentence, ok: true, milliseconds: Date.now() - began, ...(figures ?? {}) }));
    await picture(sentence.replace(/\W+/g, '-').slice(0, 40));
  } catch (error) {
    console.log(JSON.stringify({ check: sentence, ok: false, milliseconds: Date.now() - began, message: String(error.message).slice(0, 600) }));
    await picture('failed');
    await browser.close();
    process.exit(1);
  }
}

async function picture(name) {
  if (values.pictures) await code.screenshot({ path: `${values.pictures}/terminal-${name}.png` });
}

const visible = () => code.locator(TERMINAL).filter({ visible: true });
const textOf = (terminal) => terminal.locator('.xterm-rows').evaluate((rows) => [...rows.children].map((row) => row.textContent).join('\n'));
const names = () => code.locator('.tabs-list').innerText();

async function type(terminal, line) {
  await terminal.locator('textarea.xterm-helper-textarea').focus();
  await code.keyboard.type(line);
  await code.keyboard.press('Enter');
}

/** Waits for a shell of the server: it is in the workspace, in the sandbox. */
async function isOnServer(terminal) {
  await eventually('a prompt is shown', async () => /\/workspaces\/project\$\s/.test(await textOf(terminal)));
}

await check('VS Code opens the workspace by the link', async () => ({ reloaded: await openWorkspace(code, values.code, values.link) }));

await check('a terminal opens, and runs a command', async () => {
  await command(code, 'Q-IDE: New Terminal');
  await eventually('it is shown', async () => (await visible().count()) === 1);
  await isOnServer(visible());
  await type(visible(), 'kept=here-$((40+2)); echo set-$((40+2))');
  await eventually('the output is shown', async () => /set-42/.test(await textOf(visible())));
});

await check('a window that is loaded again shows the same shell', async () => {
  await code.reload();
  await connected(code);
  await eventually('its output is shown', async () => {
    for (const one of await visible().all()) if (/set-42/.test(await textOf(one))) return true;
    // The panel may show another terminal, or be hidden.
    await command(code, 'Terminal: Focus Next Terminal Group');
    return false;
  });
  await type(visible(), 'clear; echo still-$kept');
  await eventually('it is the same shell', async () => /still-here-42/.test(await textOf(visible())));
  return { terminals: await code.locator('.terminal-wrapper').count() };
});

await check('with Q-IDE as default profile, Split opens a shell of the server', async () => {
  writeFileSync(values.settings, JSON.stringify({ 'terminal.integrated.defaultProfile.linux': 'Q-IDE' }));
  const before = await visible().count();
  await eventually('it is split', async () => {
    await command(code, 'Terminal: Split Terminal');
    return (await visible().count()) > before;
  });
  await isOnServer(visible().last());
  return { names: (await names()).split(/\n+/) };
});

await check('each half ends with its own shell', async () => {
  await type(visible().last(), 'exit');
  await eventually('one is left', async () => (await visible().count()) === 1);
  await eventually('it is the first', async () => /still-here-42/.test(await textOf(visible())));
  await type(visible(), 'exit');
  await eventually('its shell has ended', async () => !/still-here-42/.test((await visible().count()) === 0 ? '' : await textOf(visible().first())));
});

await browser.close();
