import type { ConnectionState } from '@qide/client';

/** What the status bar says of a connection, with its icon. */
export const CONNECTION_STATES: Readonly<Record<ConnectionState, { readonly text: string; readonly icon: string }>> = {
  connecting: { text: 'Connecting …', icon: 'sync~spin' },
  open: { text: 'Connected', icon: 'plug' },
  waiting: { text: 'Reconnecting …', icon: 'sync~spin' },
  refused: { text: 'Signed out', icon: 'warning' },
  forbidden: { text: 'No access', icon: 'warning' },
  gone: { text: 'Not found', icon: 'warning' },
  stopped: { text: 'Not connected', icon: 'debug-disconnect' },
};
