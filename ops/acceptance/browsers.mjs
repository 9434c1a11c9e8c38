// A person in a browser: logs in at the provider, opens a file, types, sees it saved. Desktop and phone.
import { createRequire } from 'node:module';
import { check, here, until } from '../build/proof.mjs';
import { FILE, WORKSPACE } from './deployment.mjs';

const puppeteer = createRequire(here('server/src/test/node/firefox/package.json'))('puppeteer-core');
const PATIENCE_MS = 120_000;
const EDITOR = `.editor-group-container.active .editor-instance .monaco-editor[data-uri$="/${FILE}"]`;

export const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
export const BROWSERS = {
  Chromium: { browser: 'chrome', executablePath: process.env.QIDE_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] },
  'Firefox ESR': { browser: 'firefox', executablePath: process.env.QIDE_FIREFOX ?? '/usr/bin/firefox-esr' },
};

/** Clicks, also if the page draws the element anew at that moment. */
const click = (page, selector) =>
  until(`a click on ${selector}`, async () => {
    await page.waitForSelector(selector);
    return page.click(selector).then(() => true, (failure) => {
      if (!/detached|not clickable/.test(failure.message)) throw failure;
    });
  });

/** The forms of oidc-provider's own pages: the name, then the consent. */
async function logIn(page, origin, person) {
  await page.goto(`${origin}/auth/company`, { waitUntil: 'domcontentloaded' });
  await page.waitForSelector('input[name=login]');
  await page.type('input[name=login]', person);
  await page.type('input[name=password]', 'any');
  await Promise.all([page.waitForNavigation({ waitUntil: 'domcontentloaded' }), click(page, 'button[type=submit]')]);
  await Promise.all([page.waitForNavigation({ waitUntil: 'domcontentloaded' }), click(page, 'button[type=submit]')]);
  check(page.url().startsWith(origin), `the login leads back to Q-IDE: ${page.url()}`);
}

const saved = () => document.getElementById('qide.page.edits')?.textContent?.trim() === 'Saved';

/** The journey in one browser at one size: what it typed. */
export async function journey(name, size, deployment, person) {
  const browser = await puppeteer.launch({ ...BROWSERS[name], timeout: PATIENCE_MS, protocolTimeout: PATIENCE_MS, acceptInsecureCerts: true });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.setViewport(SIZES[size]);
    await logIn(page, deployment.origin, person);
    await page.goto(`${deployment.origin}/w/${WORKSPACE}/${FILE}`, { waitUntil: 'domcontentloaded' });
    await page.waitForSelector('html[data-ready]');
    await page.waitForSelector(`${EDITOR} .view-line`);
    const { width } = await page.evaluate((editor) => document.querySelector(editor).getBoundingClientRect().toJSON(), EDITOR);
    check(width >= 200, `the editor is wide enough to work in: ${width} px`);
    await click(page, `${EDITOR} .view-line`);
    await page.waitForFunction((editor) => document.querySelector(editor)?.contains(document.activeElement), {}, EDITOR);
    const word = `${person} `;
    await page.keyboard.type(word);
    await page.waitForFunction(saved);
    return word.trim();
  } finally {
    await browser.close();
  }
}
