import { BrowserClient, SDK_VERSION, dedupeIntegration, defaultStackParser, getCurrentScope, globalHandlersIntegration, makeFetchTransport } from '@sentry/browser';
import type { ErrorEvent as Report } from '@sentry/browser';
import { scrubbed } from './scrubbed.js';
import type { Destination } from './start.js';

/** An error that repeats itself must not become a flood. */
const REPORTS_OF_A_PAGE = 20;

/** Reports what nobody catches to a Sentry server, after `early` errors. */
export function report({ dsn, environment, release }: Destination, early: unknown[]): void {
  let reports = 0;
  const client = new BrowserClient({
    dsn,
    environment,
    release: `qide@${release}`,
    transport: (options) => makeFetchTransport(options, (url, init) => fetch(url, init)),
    stackParser: defaultStackParser,
    // No others: they watch clicks, requests and the console, and read the page's address.
    integrations: [globalHandlersIntegration(), dedupeIntegration()],
    sendClientReports: false,
    // The client adds both to a report after `beforeSend`: without them the names of packages, and a request to store the person's address.
    _metadata: { sdk: { name: 'sentry.javascript.browser', version: SDK_VERSION } },
    dataCollection: { userInfo: false },
    maxBreadcrumbs: 0,
    enhanceFetchErrorMessages: false,
    beforeSend: (event) => (++reports > REPORTS_OF_A_PAGE ? null : (scrubbed(event) as Report)),
  });
  getCurrentScope().setClient(client);
  client.init();
  for (const error of early) client.captureException(error);
}
