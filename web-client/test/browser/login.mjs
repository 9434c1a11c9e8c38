// Login by providers on a desk and on a phone, in light and dark; the pages of the account and of the audit log; names and
// paths that contain markup.
//
// Arguments: --oidc and --github, the ids of the providers. Markup in names would set `window.isHacked`.

import { parseArgs } from 'node:util';
import { check, eventually, expect, run, screenshot, send, TIMEOUT_MILLISECONDS } from './harness.mjs';

const { values } = parseArgs({ options: { oidc: { type: 'string' }, github: { type: 'string' } } });
const base = new URL('.', process.env.QIDE_URL).href;
const MARKUP = '<img src=x onerror=window.isHacked=1>';
const DESK = { viewport: { width: 1280, height: 800 }, colorScheme: 'light' };
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, colorScheme: 'dark' };

/** A page of a browser profile of its own. */
async function window(browser, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT_MILLISECONDS);
  const errors = [];
  page.on('pageerror', (error) => error.message !== 'Canceled' && errors.push(error.message));
  page.on('dialog', (dialog) => {
    errors.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { page, errors };
}

/** Neither wider than the window nor with a control that is too small for a finger. */
async function fits(page) {
  const { width, wide } = await page.evaluate(() => ({ width: document.documentElement.clientWidth, wide: document.documentElement.scrollWidth }));
  expect(wide <= width, `the page is ${wide} pixels wide in a window of ${width}`);
}

async function isLoggedIn(page, name) {
  await eventually('the person is logged in', () => page.evaluate(async () => (await fetch('api/me')).ok));
  return page.evaluate(async () => (await (await fetch('api/me')).json()).name).then((found) => expect(found.includes(name), `logged in as ${found}`));
}

async function logInWithNpm(page, name) {
  await page.getByRole('link', { name: new RegExp(`Log in with ${values.oidc}`, 'i') }).click();
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await page.locator('button[type=submit]').click();
}

await run(async (browser) => {
  const desk = await window(browser, DESK);
  const phone = await window(browser, PHONE);

  await check('the login page offers the providers first', async () => {
    for (const [name, { page }] of Object.entries({ desk, phone })) {
      await page.goto(base);
      await page.getByRole('link', { name: /Log in with/ }).first().waitFor();
      expect((await page.getByRole('link', { name: /Log in with/ }).count()) === 2, 'not both providers');
      expect(!(await page.locator('#token').isVisible()), 'the token is asked for first');
      await fits(page);
      await screenshot(page, `login-${name}`);
    }
  });

  await check('GitHub logs a person in on a desk', async () => {
    await desk.page.getByRole('link', { name: new RegExp(`Log in with ${values.github}`, 'i') }).click();
    await isLoggedIn(desk.page, '');
  });

  await check('OpenID Connect with PKCE logs a person in on a phone', async () => {
    await logInWithNpm(phone.page, 'bob');
    await isLoggedIn(phone.page, 'bob');
  });

  await check('a token is created, shown once, and revoked', async () => {
    const { page } = desk;
    await page.goto(`${base}?page=account`);
    await page.getByLabel('Name', { exact: true }).fill('My editor');
    await page.getByRole('button', { name: 'Create token' }).click();
    const token = await page.locator('.created code').textContent();
    expect(/^[\w-]{43}$/.test(token), `no token: ${token}`);
    const status = await page.evaluate(async (bearer) => (await fetch('api/workspaces', { credentials: 'omit', headers: { Authorization: `Bearer ${bearer}` } })).status, token);
    expect(status === 200, `the token is answered ${status}`);
    await screenshot(page, 'account-desk');
    await page.reload();
    await page.getByText('My editor').waitFor();
    expect(!(await page.content()).includes(token), 'the token is shown again');
    await page.getByRole('button', { name: 'Revoke the token My editor' }).click();
    await page.getByText('You have no tokens.').waitFor();
  });

  await check('the account fits a phone, and its session ends here', async () => {
    const { page } = phone;
    await page.goto(`${base}?page=account`);
    await page.getByText('this browser').waitFor();
    await fits(page);
    await screenshot(page, 'account-phone');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download my data' }).click();
    expect((await download).suggestedFilename() === 'qide-export.json', 'no export');
  });

  await check('markup in a name and in paths is text everywhere', async () => {
    const { page } = desk;
    const headers = { 'Content-Type': 'application/json' };
    const renamed = await send(page, 'api/me', { method: 'PATCH', headers, body: JSON.stringify({ name: MARKUP }) });
    expect(renamed.status === 200, `renaming is answered ${renamed.status}`);
    const path = `api/workspaces/demo/files/${encodeURIComponent(`${MARKUP}.md`)}`;
    const created = await send(page, path, { method: 'PUT', headers: { 'If-None-Match': '*' }, body: MARKUP });
    expect(created.status === 201, `the file is answered ${created.status}`);
    await eventually('the audit page shows both', async () => {
      await page.goto(`${base}?page=audit`);
      await page.locator('tbody tr').first().waitFor();
      const shown = await page.locator('tbody').textContent();
      return shown.includes(`demo/${MARKUP}.md`) && shown.includes(MARKUP);
    });
    await screenshot(page, 'audit-desk');
    await page.setViewportSize(PHONE.viewport);
    await page.emulateMedia({ colorScheme: 'dark' });
    await fits(page);
    await screenshot(page, 'audit-phone');
    await page.setViewportSize(DESK.viewport);
    await page.goto(`${base}?page=account`);
    await page.getByText(MARKUP).first().waitFor();
    await page.goto(`${base}?workspace=demo`);
    await page.locator('.explorer-folders-view .monaco-list-row', { hasText: MARKUP }).first().waitFor();
    expect((await page.evaluate(() => globalThis.isHacked)) === undefined, 'markup ran');
  });

  await check('a person logs out and deletes the account', async () => {
    const { page } = phone;
    await page.getByText('Delete my account').first().click();
    const label = await page.getByLabel(/to confirm/);
    await label.fill('somebody else');
    await page.getByRole('button', { name: 'Delete my account' }).click();
    await page.getByText(/Type your name/).waitFor();
    const name = await page.evaluate(async () => (await (await fetch('api/me')).json()).name);
    await label.fill(name);
    await page.getByRole('button', { name: 'Delete my account' }).click();
    await page.getByRole('link', { name: /Log in with/ }).first().waitFor();
    await desk.page.goto(`${base}?page=account`);
    await desk.page.getByRole('button', { name: 'Log out', exact: true }).first().click();
    await desk.page.getByRole('link', { name: /Log in with/ }).first().waitFor();
  });

  await check('the pages log no errors', () => {
    const errors = [...desk.errors, ...phone.errors];
    expect(errors.length === 0, errors.join(' | '));
  });
});
