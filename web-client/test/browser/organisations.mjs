// The page of organisations: members, roles, invitations, leaving; on a desk and on a phone, in light and dark; names that
// contain markup.
//
// Arguments: --owner and --member, the login cookies of an owner and of an editor of the home organisation. The server must
// have a login provider. Markup in names would set `window.isHacked`.

import { parseArgs } from 'node:util';
import { check, eventually, expect, loggedInPage, run, screenshot, send } from './harness.mjs';

const { values } = parseArgs({ options: { owner: { type: 'string' }, member: { type: 'string' } } });
const base = new URL('.', process.env.QIDE_URL).href;
const MARKUP = '<img src=x onerror=window.isHacked=1>';
const DESK = { viewport: { width: 1280, height: 800 }, colorScheme: 'light' };
const PHONE = { viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true, colorScheme: 'dark' };

async function loggedIn(browser, options, secret) {
  const page = await loggedInPage(browser, secret, options);
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`${base}?page=organisations`);
  await page.getByText('Members of home').waitFor();
  return { page, errors };
}

/** Not wider than the window, and each control is large enough for a finger. */
async function fits(page) {
  const { width, wide, small } = await page.evaluate(() => ({
    width: document.documentElement.clientWidth,
    wide: document.documentElement.scrollWidth,
    small: [...document.querySelectorAll('main button, main select, main input')].filter((one) => one.getBoundingClientRect().height < 40).map((one) => one.outerHTML.slice(0, 80)),
  }));
  expect(wide <= width, `the page is ${wide} pixels wide in a window of ${width}`);
  expect(small.length === 0, `too small: ${small.join()}`);
}

await run(async (browser) => {
  const [owner, member] = await Promise.all([loggedIn(browser, DESK, values.owner), loggedIn(browser, PHONE, values.member)]);

  await check('a name with markup is text', async () => {
    const headers = { 'Content-Type': 'application/json' };
    const renamed = await send(member.page, 'api/me', { method: 'PATCH', headers, body: JSON.stringify({ name: MARKUP }) });
    expect(renamed.status === 200, `renaming is answered ${renamed.status}`);
    await owner.page.reload();
    await owner.page.getByText(MARKUP).waitFor();
    await owner.page.getByRole('button', { name: `Remove ${MARKUP}` }).waitFor();
    expect((await owner.page.evaluate(() => globalThis.isHacked)) === undefined, 'markup ran');
  });

  await check('a member sees the roles and changes none', async () => {
    await member.page.reload();
    await member.page.getByText('you', { exact: true }).waitFor();
    expect((await member.page.locator('main select').count()) === 0, 'a role can be chosen');
    expect((await member.page.getByText('Invitations').count()) === 0, 'invitations are shown');
    await fits(member.page);
    await screenshot(member.page, 'organisation-member-390-dark');
  });

  await check('the owner changes a role', async () => {
    await owner.page.getByLabel(`Role of ${MARKUP}`).selectOption('viewer');
    await eventually('the member has it', async () => {
      await member.page.reload();
      await member.page.getByText('you', { exact: true }).waitFor();
      return (await member.page.locator('.rows .badge', { hasText: 'viewer' }).count()) === 1;
    });
  });

  await check('the last owner keeps the role, and the page says why', async () => {
    const own = owner.page.locator('.rows li', { hasText: 'you' }).locator('select');
    await own.selectOption('viewer');
    await owner.page.getByText('An owner must remain.').waitFor();
    expect((await own.inputValue()) === 'owner', 'another role is shown');
  });

  await check('an invitation is a link, shown once, listed and withdrawn', async () => {
    await owner.page.getByLabel('Role of the new member').selectOption('viewer');
    await owner.page.getByRole('button', { name: 'Create link' }).click();
    const link = await owner.page.locator('.created code').textContent();
    expect(link.startsWith(`${base}auth?invitation=`), `the link is ${link}`);
    const withdraw = owner.page.getByRole('button', { name: 'Withdraw the invitation of a new viewer' });
    await withdraw.waitFor();
    await fits(owner.page);
    await screenshot(owner.page, 'organisation-owner-1280-light');
    await owner.page.emulateMedia({ colorScheme: 'dark' });
    await screenshot(owner.page, 'organisation-owner-1280-dark');
    await owner.page.emulateMedia({ colorScheme: 'light' });
    await owner.page.setViewportSize(PHONE.viewport);
    await fits(owner.page);
    await screenshot(owner.page, 'organisation-owner-390-light');
    await owner.page.setViewportSize(DESK.viewport);
    await withdraw.click();
    await withdraw.waitFor({ state: 'detached' });
    const answer = await owner.page.evaluate(async (address) => (await (await fetch(address)).text()).length > 0, link);
    expect(answer, 'the link is not answered');
  });

  await check('an organisation is created, and its name shown', async () => {
    await owner.page.locator('#organisation-name').fill('acme');
    await owner.page.getByRole('button', { name: 'Create organisation' }).click();
    await owner.page.getByText('Members of acme').waitFor();
    await owner.page.getByRole('link', { name: 'home', exact: true }).click();
    await owner.page.getByText('Members of home').waitFor();
  });

  await check('a member leaves after a second press', async () => {
    await member.page.getByRole('button', { name: 'Leave home' }).click();
    await member.page.getByRole('button', { name: 'Leave home: press again to confirm' }).click();
    await eventually('the membership has ended', () => member.page.evaluate(async () => (await fetch('api/me')).status === 401));
    await owner.page.reload();
    await owner.page.getByText('Members of home').waitFor();
    await eventually('the list is shown', async () => (await owner.page.locator('.rows li').count()) >= 1);
    expect((await owner.page.getByText(MARKUP).count()) === 0, 'the member is listed');
  });

  await check('the pages log no errors', () => {
    const errors = [...owner.errors, ...member.errors];
    expect(errors.length === 0, errors.join(' | '));
  });
});
