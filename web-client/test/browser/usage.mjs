// The page of usage: an owner sees what the members of the home organisation spent, by model, person and workspace; a member
// sees their own. With the keyboard, on a desk and on a phone, in light and dark.
//
// Arguments: --owner and --member, the login cookies of an owner and of an editor of the home organisation, who have used
// the models near, far and tiny in the last 30 days.

import { parseArgs } from 'node:util';
import { violations } from './axe.mjs';
import { check, eventually, expect, loggedInPage, run, screenshot } from './harness.mjs';

const { values } = parseArgs({ options: { owner: { type: 'string' }, member: { type: 'string' } } });
const base = new URL('.', process.env.QIDE_URL).href;

async function loggedIn(browser, secret, query) {
  const page = await loggedInPage(browser, secret, { viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(`${base}?page=usage${query}`);
  await page.locator('.usage-table').first().waitFor();
  return { page, errors };
}

const names = (page) => page.locator('.usage-table').first().locator('tbody th').allTextContents();

await run(async (browser) => {
  const { page, errors } = await loggedIn(browser, values.owner, '&organisation=home');

  await check('an owner sees usage by model, person and workspace', async () => {
    expect((await names(page)).join() === 'near,far,tiny,All', `models: ${await names(page)}`);
    await page.getByLabel('By', { exact: true }).selectOption('person');
    await eventually('people are shown', async () => (await names(page)).some((name) => name.includes('Olga')));
    await page.getByLabel('By', { exact: true }).selectOption('workspace');
    await eventually('workspaces are shown', async () => (await names(page)).includes('demo'));
    await page.getByLabel('By', { exact: true }).selectOption('model');
    await eventually('models are shown', async () => (await names(page)).includes('near'));
  });

  await check('ghost text is shown with its accepted share', async () => {
    const table = page.locator('.usage-table', { has: page.locator('caption', { hasText: 'Ghost text' }) });
    const cells = await table.locator('tbody tr').first().locator('th, td').allTextContents();
    expect(cells.join() === 'near,240,60,25%', `near: ${cells}`);
  });

  await check('the keyboard chooses a day, which is said in words', async () => {
    const chart = page.getByRole('slider');
    await chart.focus();
    await page.keyboard.press('Home');
    const first = await chart.getAttribute('aria-valuetext');
    await page.keyboard.press('ArrowRight');
    const second = await chart.getAttribute('aria-valuetext');
    expect(/tokens/.test(first) && first !== second, `${first} and ${second}`);
    expect((await page.locator('.usage-readout').textContent()) === second, 'the sentence is not shown');
    await page.keyboard.press('End');
    expect(/near/.test(await chart.getAttribute('aria-valuetext')), 'today has no model');
  });

  await check('cost and weeks are shown', async () => {
    await page.getByLabel('Show', { exact: true }).selectOption('cost');
    await page.getByLabel('Range', { exact: true }).selectOption('90');
    await eventually('there are weeks', async () => (await page.locator('.usage-column').count()) === 13);
    await screenshot(page, 'usage-cost-1440-light');
    await page.getByLabel('Show', { exact: true }).selectOption('tokens');
    await page.getByLabel('Range', { exact: true }).selectOption('30');
    await eventually('there are days', async () => (await page.locator('.usage-column').count()) === 30);
  });

  await check('an owner sets a budget, sees what is spent, and changes it', async () => {
    const form = page.locator('#budget-form');
    await form.getByLabel('Each').selectOption('month');
    await form.getByRole('button', { name: 'Set budget' }).click();
    await eventually('a limit is asked for', async () => /tokens, a cost/.test(await form.getByRole('alert').textContent()));
    await form.getByLabel('Tokens').fill('5000000');
    await form.getByLabel('Cost').fill('10');
    await form.getByRole('button', { name: 'Set budget' }).click();
    await eventually('two limits are shown', async () => (await page.locator('#budgets meter').count()) === 2);
    expect(/of 5M tokens/.test(await page.locator('#budgets').textContent()), await page.locator('#budgets').textContent());
    await form.getByLabel('Each').selectOption('day');
    expect((await form.getByLabel('Tokens').inputValue()) === '', 'the day has the budget of the month');
    await form.getByLabel('Each').selectOption('month');
    expect((await form.getByLabel('Cost').inputValue()) === '10', 'the form does not have the budget of the month');
    await form.getByLabel('Tokens').fill('');
    await form.getByRole('button', { name: 'Set budget' }).click();
    await eventually('one limit is left', async () => (await page.locator('#budgets meter').count()) === 1);
    await form.getByRole('button', { name: 'Remove' }).click();
    await eventually('there is none', async () => /There is no budget/.test(await page.locator('#budgets').textContent()));
    await form.getByLabel('Each').selectOption('month');
    await form.getByLabel('Tokens').fill('5000000');
    await form.getByLabel('Cost').fill('10');
    await form.getByRole('button', { name: 'Set budget' }).click();
    await eventually('the budget is back', async () => (await page.locator('#budgets meter').count()) === 2);
  });

  for (const [width, height] of [[1440, 900], [390, 844]]) {
    for (const colorScheme of ['light', 'dark']) {
      await check(`it fits ${width} pixels in ${colorScheme}`, async () => {
        await page.setViewportSize({ width, height });
        await page.emulateMedia({ colorScheme });
        await eventually('the chart is as wide', async () => page.evaluate(() => document.querySelector('.usage-bars').clientWidth === document.querySelector('.usage-bars svg').clientWidth));
        expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is wider than the window');
        expect(await page.locator('.usage-table').first().evaluate((one) => one.scrollWidth <= one.clientWidth), 'the table is cut');
        const small = await page.locator('main select:visible').evaluateAll((all) => all.filter((one) => one.offsetHeight < 40).length);
        expect(small === 0, 'a choice is too small for a finger');
        const found = await violations(page, '.account-page');
        expect(found.length === 0, found.join('\n'));
        await screenshot(page, `usage-${width}-${colorScheme}`);
        await page.locator('.account-page').evaluate((one) => one.scrollTo(0, one.scrollHeight));
        await screenshot(page, `usage-end-${width}-${colorScheme}`);
        await page.locator('.account-page').evaluate((one) => one.scrollTo(0, 0));
      });
    }
  }

  await check('a member sees only their own', async () => {
    const member = await loggedIn(browser, values.member, '&organisation=home');
    expect((await names(member.page)).join() === 'near', `models: ${await names(member.page)}`);
    expect((await member.page.getByLabel('Whose usage').count()) === 0, 'others can be chosen');
    errors.push(...member.errors);
  });

  await check('the page logs no errors', () => expect(errors.length === 0, errors.join(' | ')));
});
