// Errors that nobody catches: reported to a Sentry server if the page names one, else nothing is loaded or sent.
//
// Arguments: --destination, the origin of that server; none when the page must not name one.

import { parseArgs } from 'node:util';
import { askStarter, check, eventually, expect, run, TIMEOUT_MILLISECONDS } from './harness.mjs';

const { values } = parseArgs({ options: { destination: { type: 'string' } } });
const own = new URL(process.env.QIDE_URL).origin;
const FLOOD = 40;

/** Throws errors whose messages nobody but the page may see. */
function failTwice() {
  setTimeout(() => {
    throw new TypeError('confidential message');
  });
  void Promise.reject(new RangeError('confidential reason'));
}

function flood(count) {
  for (let i = 0; i < count; i++) {
    setTimeout(() => {
      throw new Error(`confidential ${i}`);
    });
  }
}

await run(async (browser) => {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(TIMEOUT_MILLISECONDS);
  const foreign = [];
  const reporters = [];
  let thrown = 0;
  page.on('pageerror', (error) => error.message.startsWith('confidential') && thrown++);
  page.on('request', (request) => {
    const { protocol, origin, pathname } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== own) foreign.push(origin);
    if (pathname.includes('/assets/sentry-')) reporters.push(pathname);
  });
  const answer = await page.goto(process.env.QIDE_URL);
  await page.waitForSelector('html[data-ready]', { timeout: TIMEOUT_MILLISECONDS });

  await check('the policy of the page allows the server of reports and no other', async () => {
    const policy = (await answer.allHeaders())['content-security-policy'];
    const sources = /connect-src ([^;]*);/.exec(policy)[1];
    expect(sources === ['\'self\'', values.destination].filter(Boolean).join(' '), `connect-src ${sources}`);
    const refused = await page.evaluate(() => fetch('http://127.0.0.2:9/').catch((error) => error.name));
    expect(refused === 'TypeError', 'another server was asked');
  });

  if (values.destination) {
    await check('an error and a rejection are reported', async () => {
      await eventually('the reporter is loaded', () => reporters.length > 0);
      await page.evaluate(failTwice);
      await eventually('both were thrown', () => thrown === 2);
      await askStarter('two-thrown', 'two-reported');
    });

    // The last: it uses up what the page may report.
    await check('more errors are reported up to a bound', async () => {
      await page.evaluate(flood, FLOOD);
      await eventually('all errors were thrown', () => thrown === FLOOD + 2);
      await askStarter('flood-thrown', 'bound-reached');
      const others = foreign.filter((origin) => origin !== values.destination && origin !== 'http://127.0.0.2:9');
      expect(others.length === 0, `requests to ${others}`);
    });
  } else {
    await check('nothing is loaded or sent', async () => {
      await page.evaluate(failTwice);
      await eventually('the errors were thrown', () => thrown === 2);
      const named = await page.locator('meta[name="qide-error-reports"]').count();
      expect(named === 0, 'the page names a destination');
      expect(reporters.length === 0, `loaded ${reporters}`);
      expect(foreign.filter((origin) => origin !== 'http://127.0.0.2:9').length === 0, `requests to ${foreign}`);
    });
  }
});
