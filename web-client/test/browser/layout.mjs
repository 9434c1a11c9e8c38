// The page at 360 and 1920 pixels, light and dark: no horizontal scroll, every control reachable.

import { check, eventually, expect, openFile, openWindow, run, screenshot } from './harness.mjs';

const SMALLEST_TARGET_PIXELS = 24;

async function nothingOverflows(page) {
  const { scrolls, width } = await page.evaluate(() => ({
    scrolls: document.scrollingElement.scrollWidth > innerWidth || document.body.scrollWidth > innerWidth,
    width: document.scrollingElement.scrollWidth,
  }));
  expect(!scrolls, `the page is ${width} pixels wide`);
}

/** Every visible control lies within the window, is large enough, and is what a tap there would hit. */
async function everyControlIsReachable(page) {
  const bad = await page.evaluate((smallest) => {
    const problems = [];
    for (const element of document.querySelectorAll('button, select, input, .tree .row')) {
      if (element.closest('.monaco-editor, [inert]') || element.closest('.drawer')?.checkVisibility({ visibilityProperty: true }) === false) continue;
      if (!element.checkVisibility({ visibilityProperty: true })) continue;
      element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      const box = element.getBoundingClientRect();
      const name = element.getAttribute('aria-label') ?? element.textContent ?? element.tagName;
      if (box.left < -0.5 || box.right > innerWidth + 0.5 || box.top < -0.5 || box.bottom > innerHeight + 0.5) {
        problems.push(`${name} lies outside`);
        continue;
      }
      if (Math.min(box.width, box.height) < smallest && !element.classList.contains('problems')) problems.push(`${name} is too small`);
      const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      const isShaded = hit?.classList.contains('shade');
      if (!isShaded && !element.contains(hit) && !hit?.contains(element)) problems.push(`${name} is covered by ${hit?.className ?? 'nothing'}`);
    }
    return problems;
  }, SMALLEST_TARGET_PIXELS);
  expect(bad.length === 0, bad.join(', '));
}

await run(async (browser) => {
  const phone = await openWindow(browser, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const { page } = phone;
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await check(`360 px, ${colorScheme}: empty`, async () => {
      await screenshot(page, `empty-360-${colorScheme}`);
      await nothingOverflows(page);
      await everyControlIsReachable(page);
    });
    await check(`360 px, ${colorScheme}: the drawer opens, and closes when a file is picked`, async () => {
      await page.locator('#menu').tap();
      await eventually('the drawer is open', () => page.locator('.page.drawer-open').count());
      await page.locator('.tree .row').first().waitFor();
      await page.waitForTimeout(250); // the drawer's movement
      await nothingOverflows(page);
      await everyControlIsReachable(page);
      await screenshot(page, `drawer-360-${colorScheme}`);
      await openFile(page, 'src/Main.py');
      await eventually('the drawer is gone', async () => !(await page.locator('.page.drawer-open').count()));
      await page.waitForTimeout(250);
    });
    await check(`360 px, ${colorScheme}: a file with problems`, async () => {
      await eventually('the error is underlined', () => page.locator('.squiggly-error').count());
      await nothingOverflows(page);
      await everyControlIsReachable(page);
      await screenshot(page, `file-360-${colorScheme}`);
    });
    await check(`360 px, ${colorScheme}: the menu of commands`, async () => {
      await page.locator('#more').tap();
      await eventually('the menu is open', () => page.locator('#commands:popover-open').count());
      await nothingOverflows(page);
      await screenshot(page, `menu-360-${colorScheme}`);
      await page.keyboard.press('Escape');
    });
    await page.locator('.tab-close').tap();
  }
  await phone.context.close();

  const wide = await openWindow(browser, { viewport: { width: 1920, height: 1080 } });
  for (const colorScheme of ['light', 'dark']) {
    await wide.page.emulateMedia({ colorScheme });
    await check(`1920 px, ${colorScheme}`, async () => {
      await screenshot(wide.page, `empty-1920-${colorScheme}`);
      await openFile(wide.page, 'src/Main.py');
      await eventually('the error is underlined', () => wide.page.locator('.squiggly-error').count());
      await nothingOverflows(wide.page);
      await everyControlIsReachable(wide.page);
      await screenshot(wide.page, `file-1920-${colorScheme}`);
      await wide.page.locator('.tab-close').click();
    });
  }
  await wide.context.close();

  await check('without a token the page asks for it', async () => {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 } });
    const page = await context.newPage();
    await page.goto(new URL('/', process.env.QIDE_URL).href);
    await page.locator('#token').fill('wrong');
    await page.locator('button[type=submit]').click();
    await eventually('a wrong token is refused in words', async () => /token/.test(await page.locator('#login-problem').textContent()));
    await nothingOverflows(page);
    await screenshot(page, 'login-360');
    await page.locator('#token').fill(new URLSearchParams(new URL(process.env.QIDE_URL).hash.slice(1)).get('token'));
    await page.locator('button[type=submit]').click();
    await page.waitForSelector('.page');
    await context.close();
  });
});
