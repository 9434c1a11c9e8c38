// Shared by the scripts that drive code-server with the packed extension.

const QUESTION_MILLISECONDS = 30_000;
export const PATIENCE_MILLISECONDS = Number(process.env.QIDE_PATIENCE_MILLISECONDS ?? 120_000);
/** How long a row of a list or a tab may take. */
const ROW_MILLISECONDS = 15_000;

/** Waits until `read` returns a truthy value, and returns that. */
export async function eventually(what, read) {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  for (let last; ; ) {
    try {
      const value = await read();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error.message;
    }
    if (Date.now() > deadline) throw new Error(`not within ${PATIENCE_MILLISECONDS} ms: ${what} (${String(last).slice(0, 300)})`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Makes the function that runs the checks of a script, one after another: it prints a line of JSON for each, takes a screenshot of
 * every window, and ends the script at the first failure.
 *
 * @param pictures a directory; none takes no screenshots
 */
export function checksOf(browser, windows, pictures, prefix) {
  const photograph = async (name) => {
    if (pictures) for (const [at, window] of windows.entries()) await window.screenshot({ path: `${pictures}/${prefix}-${name.replace(/\W+/g, '-').slice(0, 50)}-${at}.png` });
  };
  return async (sentence, run) => {
    const began = Date.now();
    const report = (more) => console.log(JSON.stringify({ check: sentence, ok: true, milliseconds: Date.now() - began, ...more }));
    try {
      report(await run());
      await photograph(sentence);
    } catch (error) {
      report({ ok: false, message: String(error.message).slice(0, 600) });
      await photograph('failed');
      await browser.close();
      process.exit(1);
    }
  };
}

/** Makes terminals draw their text as elements of the page, which WebGL would not. */
export function drawTerminalsAsText(context) {
  return context.addInitScript(() => {
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
      return kind.startsWith('webgl') ? null : getContext.call(this, kind, ...rest);
    };
  });
}

/** The terminals that the panel shows, side by side. */
export const terminals = (window) => window.locator('.terminal-wrapper.active .xterm').filter({ visible: true });

export const textOfTerminal = (terminal) => terminal.locator('.xterm-rows').evaluate((rows) => [...rows.children].map((row) => row.textContent.replaceAll('\u00a0', ' ')).join('\n'));

export async function typeInTerminal(window, terminal, line) {
  await terminal.locator('textarea.xterm-helper-textarea').focus();
  await window.keyboard.type(line);
  await window.keyboard.press('Enter');
}

/** Waits for the prompt of a shell of the server: it is in the workspace, in the sandbox. */
export async function hasPrompt(terminal) {
  await eventually('a prompt is shown', async () => /\/workspaces\/\w+\$\s/.test(await textOfTerminal(terminal)));
}

/** Runs a command of the palette. */
export async function command(window, title) {
  await window.keyboard.press('Escape');
  await window.keyboard.press('F1');
  await window.locator('.quick-input-box input').fill(`>${title}`);
  await window.locator('.quick-input-list .monaco-list-row').filter({ hasText: title }).first().waitFor({ timeout: QUESTION_MILLISECONDS });
  await window.keyboard.press('Enter');
}

export async function connected(code) {
  await eventually('it is connected', async () => (await code.locator('[id="qide.qide-vscode.connection"]').textContent()).includes('Connected'));
}

/**
 * Opens the workspace of a link in code-server.
 *
 * @returns whether the window had to be loaded again
 */
export async function openWorkspace(code, address, link) {
  await code.goto(address);
  await code.waitForSelector('.monaco-workbench .activitybar', { timeout: PATIENCE_MILLISECONDS });
  await eventually('the extension asks for the server', async () => {
    await command(code, 'Q-IDE: Open Workspace');
    await code.getByText('The server’s address').waitFor({ timeout: QUESTION_MILLISECONDS });
    return true;
  });
  await code.locator('.quick-input-box input').fill(link);
  await code.keyboard.press('Enter');
  const rows = code.locator('.explorer-folders-view .monaco-list-row');
  // If code-server opens the workspace file before it can read it, a person reloads the window.
  const isShown = await rows.nth(1).waitFor({ timeout: 30_000 }).then(() => true, () => false);
  if (!isShown) await code.reload();
  await eventually('the tree is shown', async () => (await rows.count()) > 1);
  await connected(code);
  return !isShown;
}

/** The lines of the active editor's text, with their spaces and without ghost text. */
export async function shown(window) {
  const lines = await window.locator('.editor-group-container.active .monaco-editor .view-line').evaluateAll((all) =>
    all
      .map((line) => {
        const text = line.cloneNode(true);
        for (const ghost of text.querySelectorAll('[class*="ghost-text"]')) ghost.remove();
        return { top: Number.parseFloat(line.style.top), text: text.textContent };
      })
      .sort((one, other) => one.top - other.top).map(({ text }) => text),
  );
  return lines.join('\n').replaceAll('\u00a0', ' ');
}

/** Puts the caret at the end of a line, counted from 1. */
export async function lineEnd(window, line) {
  await window.keyboard.press('Control+g');
  await window.locator('.quick-input-box input').fill(`:${line}`);
  await window.keyboard.press('Enter');
  await window.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  await eventually('the editor has the focus', () => window.evaluate(() => document.activeElement?.closest('.monaco-editor') !== null && document.activeElement !== document.body));
  await window.keyboard.press('End');
}

/** Opens a file in VS Code by a part of its path. */
export async function goToFile(code, path) {
  await command(code, 'Q-IDE: Go to File');
  await code.locator('.quick-input-box input').fill(path);
  // By a click: Enter would take the first row of a list that is not filtered yet.
  await code.locator('.quick-input-list .monaco-list-row').filter({ hasText: path.split('/').at(-1) }).first().click({ timeout: ROW_MILLISECONDS });
  await code.locator('.tab.active', { hasText: path.split('/').at(-1) }).waitFor({ timeout: ROW_MILLISECONDS });
}
