// The page on which a person allows an editor with Open Collaboration Tools: opened from a page of another site, as from Theia in
// a browser, whose navigation carries no login cookie.
//
// Argument: --person, the login cookie of an editor of the home organisation.

import { parseArgs } from 'node:util';
import { violations } from './axe.mjs';
import { check, expect, loggedInPage, run, screenshot } from './harness.mjs';

const { values } = parseArgs({ options: { person: { type: 'string' } } });
const base = new URL('.', process.env.QIDE_URL).href;
const post = (path) => fetch(`${base}oct/${path}`, { method: 'POST' });

await run(async (browser) => {
  const page = await loggedInPage(browser, values.person, { viewport: { width: 390, height: 844 }, colorScheme: 'dark' });

  await check('a person allows an editor on the page that it opens from another site', async () => {
    const login = await (await post('api/login/initial')).json();
    await page.setContent(`<a href="${base}oct${login.auth.loginPageUrl}">Log in</a>`);
    await page.getByText('Log in').click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Allow' }).waitFor();
    await screenshot(page, 'oct-login-390-dark');
    const found = await violations(page);
    expect(found.length === 0, `accessibility: ${JSON.stringify(found).slice(0, 500)}`);
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByText('Return to your editor').waitFor();
    const { loginToken } = await (await post(`api/login/poll/${login.pollToken}`)).json();
    const { valid } = await (await fetch(`${base}oct/api/login/validate`, { method: 'POST', headers: { 'x-oct-jwt': loginToken } })).json();
    expect(valid === true, 'the editor’s token is not valid');
  });

  await check('a page of another origin reaches the relay with a token, and not with the cookie', async () => {
    const other = await page.context().newPage();
    const statuses = await other.evaluate(async (address) => {
      const create = (init) => fetch(`${address}oct/api/session/create`, { method: 'POST', ...init }).then(({ status }) => status, () => 'refused');
      return [await create({ headers: { 'x-oct-jwt': 'wrong' } }), await create({ credentials: 'include' })];
    }, base);
    expect(statuses.join() === '401,refused', `${statuses}`);
  });
});
