/** Errors that occur before the reporter has loaded; later ones it sees itself. */
const EARLY_ERRORS = 10;

/** Where the server wants errors of the page reported. */
export interface Destination {
  dsn: string;
  environment: string;
  release: string;
}

/** Reports the page's errors from now on, if the server names a destination in the page; else nothing is loaded. */
export function startErrorReports(): void {
  const named = document.querySelector<HTMLMetaElement>('meta[name="qide-error-reports"]');
  if (named === null) return;
  const early: unknown[] = [];
  const keep = (error: unknown): void => {
    if (early.length < EARLY_ERRORS) early.push(error);
  };
  const onError = (event: ErrorEvent): void => keep(event.error);
  const onRejection = (event: PromiseRejectionEvent): void => keep(event.reason);
  addEventListener('error', onError);
  addEventListener('unhandledrejection', onRejection);
  import('./sentry.js').then(
    ({ report }) => {
      removeEventListener('error', onError);
      removeEventListener('unhandledrejection', onRejection);
      report(JSON.parse(named.content) as Destination, early);
    },
    // Without the reporter the page works as well.
    (error: unknown) => console.warn('Errors of this page are not reported.', error),
  );
}
