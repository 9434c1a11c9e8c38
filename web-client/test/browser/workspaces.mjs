// Workspaces on the page: created from a template and from a zip file, chosen, trusted, and deleted only after their
// name was typed; people who have a deleted one open are informed.

import { answer, check, command, connected, eventually, expect, notifications, openFile, openPage, openWindow, pick, run, screenshot, status } from './harness.mjs';

await run(async (browser) => {
  const { page, context, errors } = await openWindow(browser);
  const opened = (name, on = page) =>
    eventually(`${name} is open`, async () => new URL(on.url()).searchParams.get('workspace') === name && (await on.locator('html[data-ready]').count()) && (await status(on, 'connection')) === 'Connected');
  const prompt = () => page.locator('.quick-input-widget:visible .quick-input-message').textContent();
  const titles = async (words) => {
    await page.keyboard.press('F1');
    await page.locator('.quick-input-widget:visible input[type=text]').fill(`>${words}`);
    await page.locator('.quick-input-list .monaco-list-row').first().waitFor();
    const rows = await page.locator('.quick-input-list .monaco-list-row').allTextContents();
    await page.keyboard.press('Escape');
    return rows.join();
  };

  await check('a workspace is created from a template and opened; a name that is taken is refused', async () => {
    await command(page, 'New Workspace…');
    await pick(page, 'python');
    await answer(page, 'demo');
    await eventually('it says so', async () => /A workspace named demo already exists/.test(await prompt()));
    await screenshot(page, 'new-workspace-1280-light');
    await answer(page, 'fresh');
    await opened('fresh');
    await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  });
  await check('a workspace is created from a zip file', async () => {
    const zip = await (await page.request.get(new URL('/api/workspaces/demo/zip', page.url()).href)).body();
    await command(page, 'New Workspace…');
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), pick(page, 'A zip file from this computer')]);
    await chooser.setFiles({ name: 'demo.zip', mimeType: 'application/zip', buffer: zip });
    await page.locator('.quick-input-widget:visible .quick-input-message').waitFor();
    await answer(page, 'of-zip');
    await opened('of-zip');
    await openFile(page, 'README.md');
  });
  await check('workspaces are switched by a command', async () => {
    await command(page, 'Switch Workspace…');
    await pick(page, 'fresh');
    await opened('fresh');
    await command(page, 'Switch Workspace…');
    await pick(page, 'of-zip');
    await opened('of-zip');
  });
  await check('trust is offered where the sandbox does not work, and only there', async () => {
    expect(!/Trust This Workspace/.test(await titles('Q-IDE:')), 'it is offered');
    await page.route('**/api/workspaces', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), sandboxed: false } });
    });
    await page.reload();
    await opened('of-zip');
    await command(page, 'Trust This Workspace…');
    await screenshot(page, 'trust-1280-light');
    await page.locator('.monaco-dialog-box').getByRole('button', { name: 'Trust It' }).click();
    await eventually('it is trusted', async () => {
      const { workspaces } = await (await page.request.get(new URL('/api/workspaces', page.url()).href)).json();
      return workspaces.find(({ name }) => name === 'of-zip').trusted;
    });
    await opened('of-zip');
  });
  await check('deleting one needs its name, and people who have it open are informed', async () => {
    const other = await openPage(context, new URL('/?workspace=of-zip', page.url()).href);
    await command(page, 'Delete This Workspace…');
    await answer(page, 'of-zi');
    await eventually('it may not be deleted without its name', async () => /Type of-zip to delete it/.test(await prompt()));
    await screenshot(page, 'delete-workspace-1280-light');
    await answer(page, 'of-zip');
    await eventually('the page has left it', () => new URL(page.url()).searchParams.get('workspace') !== 'of-zip');
    await eventually('the other page says so', async () => (await notifications(other.page)).some((words) => /was deleted/.test(words)));
    await eventually('its status bar says so', async () => (await status(other.page, 'connection')) === 'Not found');
    errors.push(...other.errors);
  });
  await check('without a workspace in the address, the start page lists them', async () => {
    await page.evaluate(() => localStorage.removeItem('qide.lastWorkspace'));
    await page.goto(new URL('/', page.url()).href);
    await page.getByRole('button', { name: 'fresh' }).waitFor();
    await screenshot(page, 'start-1280-light');
    await page.getByRole('button', { name: 'demo' }).click();
    await opened('demo');
  });
  await check('a workspace from the command line cannot be deleted', async () => {
    await connected(page);
    expect(!/Delete This Workspace/.test(await titles('Q-IDE:')), 'it can');
  });
  await check('the pages log no errors', () => expect(errors.length === 0, errors.join(' | ')));
});
