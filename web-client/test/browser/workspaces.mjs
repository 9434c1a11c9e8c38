// Workspaces on the page: created from a template and from a zip file, chosen, trusted, and deleted only after their
// name was typed; people who have a deleted one open are informed.

import { check, eventually, expect, openFile, openPage, openWindow, run, screenshot, status } from './harness.mjs';

await run(async (browser) => {
  const { page, context, errors } = await openWindow(browser);
  const dialog = page.locator('dialog[open]');
  const shown = (on = page) => on.locator('#workspaces .label').textContent();
  const pick = async (label, on = page) => {
    await on.locator('#workspaces').click();
    await on.getByRole('menuitem', { name: label }).or(on.getByRole('menuitemcheckbox', { name: label, exact: true })).click();
  };
  const opened = (name) => eventually(`${name} is open`, async () => (await shown()) === name && (await status(page, 'connection')) === 'Connected');

  await check('a workspace is created from a template and opened; a name that is taken is refused', async () => {
    await pick('New workspace');
    await dialog.getByRole('textbox', { name: 'Name' }).fill('demo');
    await dialog.getByRole('button', { name: 'Create workspace' }).click();
    await eventually('it says so', async () => /A workspace named demo already exists/.test(await dialog.getByRole('alert').textContent()));
    await dialog.getByRole('textbox', { name: 'Name' }).fill('fresh');
    await dialog.getByLabel('Start with').selectOption('python');
    await screenshot(page, 'new-workspace-1280-light');
    await dialog.getByRole('button', { name: 'Create workspace' }).click();
    await opened('fresh');
    await page.locator('.tree .row.file[data-path$=".py"], .tree .row.folder').first().waitFor();
  });
  await check('a workspace is created from a zip file', async () => {
    const zip = await (await page.request.get(new URL('/api/workspaces/demo/zip', page.url()).href)).body();
    await pick('New workspace');
    await dialog.getByRole('textbox', { name: 'Name' }).fill('of-zip');
    await dialog.getByLabel('Start with').selectOption({ label: 'A zip file of this computer' });
    await dialog.getByRole('button', { name: 'Create workspace' }).click();
    await eventually('a zip file is asked for', async () => /choose one/.test(await dialog.getByRole('alert').textContent()));
    await dialog.getByLabel('Zip file').setInputFiles({ name: 'demo.zip', mimeType: 'application/zip', buffer: zip });
    await dialog.getByRole('button', { name: 'Create workspace' }).click();
    await opened('of-zip');
    await openFile(page, 'README.md');
  });
  await check('trust is offered where the sandbox does not hold, and only there', async () => {
    await page.locator('#workspaces').click();
    expect((await page.getByRole('menuitemcheckbox').count()) === 3, 'not exactly three workspaces');
    await page.keyboard.press('Escape');
    await page.route('**/api/workspaces', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), sandboxed: false } });
    });
    await page.reload();
    await opened('of-zip');
    await pick('Trust this workspace');
    await screenshot(page, 'trust-1280-light');
    await dialog.getByRole('button', { name: 'Trust it' }).click();
    const isOn = async () => (await page.locator('.commands.at-place [role=menuitemcheckbox]', { hasText: 'Trust this workspace' }).getAttribute('aria-checked')) === 'true';
    await eventually('it is trusted', async () => {
      await opened('of-zip');
      await page.locator('#workspaces').click();
      return isOn();
    });
    await page.keyboard.press('Escape');
  });
  await check('deleting one needs its name, and people who have it open are informed', async () => {
    const other = await openPage(context, new URL('/?workspace=of-zip', page.url()).href);
    await other.page.setViewportSize({ width: 390, height: 844 });
    await pick('Delete of-zip');
    const yes = dialog.getByRole('button', { name: 'Delete the workspace' });
    await dialog.getByRole('textbox').fill('of-zi');
    expect(await yes.isDisabled(), 'it may be deleted without its name');
    await dialog.getByRole('textbox').fill('of-zip');
    await screenshot(page, 'delete-workspace-1280-light');
    await yes.click();
    await eventually('another one is open', async () => (await shown()) !== 'of-zip' && (await status(page, 'connection')) === 'Connected');
    await eventually('the other page says so', async () => /was deleted/.test((await other.page.getByTestId('notice').textContent()) ?? ''));
    expect((await status(other.page, 'connection')) === 'Deleted', await status(other.page, 'connection'));
    await other.page.emulateMedia({ colorScheme: 'dark' });
    await other.page.locator('#menu').click();
    await other.page.locator('#workspaces').click();
    await screenshot(other.page, 'workspaces-390-dark');
    errors.push(...other.errors);
  });
  await check('a workspace from the command line cannot be deleted', async () => {
    await page.goto(new URL('/?workspace=demo', page.url()).href);
    await opened('demo');
    await page.locator('#workspaces').click();
    await page.getByRole('menuitem', { name: 'New workspace' }).waitFor();
    expect(!(await page.getByRole('menuitem', { name: 'Delete' }).count()), 'it is');
  });
  await check('the pages log no errors', () => expect(errors.length === 0, errors.join(' | ')));
});
