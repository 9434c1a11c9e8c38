// The page at 360, 390 and 430 pixels and on wide screens, light and dark: no horizontal scroll, every control of the
// page reachable by touch; the login form.

import { check, command, eventually, expect, openFile, openWindow, run, screenshot } from './harness.mjs';

const SMALLEST_TOUCH_PIXELS = 40;

async function nothingOverflows(page) {
  const width = await page.evaluate(() => Math.max(document.scrollingElement.scrollWidth, document.body.scrollWidth));
  expect(width <= page.viewportSize().width, `the page is ${width} pixels wide`);
}

/** The buttons of the phone's bar lie within the window and are large enough for a finger. */
async function barIsReachable(page) {
  const boxes = await page.locator('.phone-bar button').evaluateAll((buttons) => buttons.map((one) => one.getBoundingClientRect().toJSON()));
  expect(boxes.length >= 5, `there are ${boxes.length} buttons`);
  for (const { left, right, bottom, width, height } of boxes) {
    expect(left >= 0 && right <= page.viewportSize().width + 0.5 && bottom <= page.viewportSize().height + 0.5, 'a button lies outside');
    expect(Math.min(width, height) >= SMALLEST_TOUCH_PIXELS, `a button is ${width} × ${height} pixels`);
  }
}

/** Every row of the lists that are shown can be hit by a finger. */
async function rowsAreReachable(page, list) {
  const rows = page.locator(`${list} .monaco-list-row:visible`);
  await rows.first().waitFor();
  const heights = await rows.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
  const least = Math.min(...heights);
  expect(least >= SMALLEST_TOUCH_PIXELS, `a row of ${list} is ${least} pixels high`);
}

await run(async (browser) => {
  const errors = [];
  for (const [width, colorScheme] of [[360, 'dark'], [390, 'light'], [430, 'dark']]) {
    const phone = await openWindow(browser, { viewport: { width, height: 800 }, hasTouch: true, isMobile: true, colorScheme });
    const { page } = phone;
    const press = (name) => page.locator('.phone-bar').getByRole('button', { name }).tap();
    await check(`one thing at a time at ${width} pixels, ${colorScheme}`, async () => {
      await barIsReachable(page);
      await press('Files');
      const row = page.locator('.explorer-folders-view .monaco-list-row[aria-label^="README.md"]');
      await row.waitFor();
      const side = await page.locator('.part.sidebar').boundingBox();
      expect(side.width >= width - 2, `the files are ${side.width} pixels wide`);
      expect((await row.boundingBox()).height >= SMALLEST_TOUCH_PIXELS, 'a row is too small');
      await screenshot(page, `files-${width}-${colorScheme}`);
      await nothingOverflows(page);
      await row.tap();
      await eventually('the file has the whole width', async () => (await page.locator('.part.editor').boundingBox()).width >= width - 2);
      await page.locator('.editor-instance .view-line').first().waitFor();
      await screenshot(page, `file-${width}-${colorScheme}`);
      await nothingOverflows(page);
      await press('Search');
      await eventually('the search has the whole width', async () => (await page.locator('.part.sidebar').boundingBox()).width >= width - 2);
      await page.locator('.search-view').getByRole('textbox', { name: /^Search: / }).fill('shape');
      await page.keyboard.press('Enter');
      await rowsAreReachable(page, '.search-view');
      await screenshot(page, `search-${width}-${colorScheme}`);
      await nothingOverflows(page);
      await press('Commands');
      await page.locator('.quick-input-widget:visible input[type=text]').waitFor();
      await rowsAreReachable(page, '.quick-input-widget');
      await nothingOverflows(page);
      await screenshot(page, `commands-${width}-${colorScheme}`);
      await page.keyboard.press('Escape');
    });
    errors.push(...phone.errors);
    await phone.context.close();
  }
  for (const [width, height] of [[1440, 900], [1920, 1080]]) {
    const { page, errors: more } = await openWindow(browser, { viewport: { width, height } });
    await check(`the page at ${width} pixels, light and dark`, async () => {
      await openFile(page, 'src/shapes.py');
      await command(page, 'Focus on Problems View');
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme });
        await eventually('the theme follows', async () => (await page.locator(`.monaco-workbench.${colorScheme === 'dark' ? 'vs-dark' : 'vs'}`).count()) > 0);
        await nothingOverflows(page);
        await screenshot(page, `workbench-${width}-${colorScheme}`);
      }
    });
    errors.push(...more);
    await page.close();
  }
  await check('the login form is shown without a token, and explains a wrong one', async () => {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
    const page = await context.newPage();
    await page.goto(new URL('/', process.env.QIDE_URL).href);
    await page.getByLabel('Token').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await eventually('it says so', async () => /does not know this token/.test(await page.getByRole('alert').textContent()));
    await nothingOverflows(page);
    await screenshot(page, 'login-360-dark');
  });
  await check('the pages log no errors', () => expect(errors.length === 0, errors.join(' | ')));
});
