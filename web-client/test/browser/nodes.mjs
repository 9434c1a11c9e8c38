// The page of nodes: an owner sees the servers of the database, their load and their workspaces. With the keyboard, on a desk
// and on a phone, in light and dark.
//
// Arguments: --owner and --member, the login cookies of an owner and of an editor of the home organisation. Two servers run,
// of which the other one drains, and a third has ended.

import { parseArgs } from 'node:util';
import { violations } from './axe.mjs';
import { check, eventually, expect, loggedInPage, run, screenshot } from './harness.mjs';

const { values } = parseArgs({ options: { owner: { type: 'string' }, member: { type: 'string' } } });
const base = new URL('.', process.env.QIDE_URL).href;

async function opened(browser, secret) {
  const page = await loggedInPage(browser, secret, { viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
  await page.goto(`${base}?page=nodes`);
  return page;
}

await run(async (browser) => {
  const page = await opened(browser, values.owner);
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  const nodes = page.locator('.nodes section');
  const here = nodes.filter({ hasText: 'shows this page' });

  await check('an owner sees each node with its state, load and workspaces', async () => {
    await eventually('three nodes are shown', async () => (await nodes.count()) === 3);
    const states = await page.locator('.node-state').allTextContents();
    expect([...states].sort().join() === 'active,draining,ended', `states: ${states}`);
    expect((await here.count()) === 1 && (await here.locator('.node-state').textContent()) === 'active', 'this node is not named');
    expect((await here.locator('meter').count()) === 2, 'its load is not shown');
    expect((await nodes.filter({ hasText: 'ended' }).locator('meter').count()) === 0, 'a node that has ended has a load');
    await eventually('the workspace is counted', async () => (await page.locator('#nodes-summary').textContent()) === '2 nodes run, 1 of them draining; 1 workspace in use.');
  });

  await check('the keyboard opens a list of workspaces, and stays there when the page looks again', async () => {
    await here.locator('summary').focus();
    await page.keyboard.press('Enter');
    expect((await here.locator('li').allTextContents()).join() === 'demo', 'the workspace is not named');
    await page.waitForResponse((response) => response.url().endsWith('/api/nodes') && response.ok());
    await page.waitForResponse((response) => response.url().endsWith('/api/nodes') && response.ok());
    expect(await here.locator('summary').evaluate((one) => one === document.activeElement), 'the focus was lost');
    expect(await here.locator('details').evaluate((one) => one.open), 'the list was closed');
  });

  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ]) {
    for (const colorScheme of ['light', 'dark']) {
      await check(`it fits ${width} pixels in ${colorScheme}`, async () => {
        await page.setViewportSize({ width, height });
        await page.emulateMedia({ colorScheme });
        expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is wider than the window');
        expect(await page.locator('.account-page').evaluate((one) => one.scrollWidth <= one.clientWidth), 'the content is cut');
        const found = await violations(page, '.account-page');
        expect(found.length === 0, found.join('\n'));
        await screenshot(page, `nodes-${width}-${colorScheme}`);
      });
    }
  }

  await check('a member is refused, and not led there', async () => {
    const member = await opened(browser, values.member);
    await eventually('a sentence says so', async () => (await member.getByRole('alert').textContent()) !== '');
    expect((await member.locator('.nodes section').count()) === 0, 'nodes are shown');
    expect((await member.getByRole('link', { name: 'Nodes' }).count()) === 0, 'the page is offered');
    expect((await page.getByRole('link', { name: 'Nodes' }).count()) === 1, 'an owner is not led there');
  });

  await check('the page logs no errors', () => expect(errors.length === 0, errors.join(' | ')));
});
