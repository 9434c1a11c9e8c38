// Shared by the scripts that drive code-server with the packed extension.

const QUESTION_MILLISECONDS = 5_000;
export const PATIENCE_MILLISECONDS = 120_000;

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
  // code-server sometimes opens the workspace file before it can read it: a person reloads the window.
  const isShown = await rows.nth(3).waitFor({ timeout: 30_000 }).then(() => true, () => false);
  if (!isShown) await code.reload();
  await eventually('the tree is shown', async () => (await rows.count()) > 3);
  await connected(code);
  return !isShown;
}
