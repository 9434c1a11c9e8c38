import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider';
import type { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import type { Connection } from './connection.js';

/** The root type that holds a document's text. */
export const TEXT_ROOT = 'content';

/** The connection alone waits and reconnects, so the provider's own timers are switched off. */
const NO_TIMERS = {
  delay: 1,
  minDelay: 0,
  maxDelay: 1,
  factor: 1,
  jitter: false,
  // `Infinity` would fire every millisecond.
  messageReconnectTimeout: 2 ** 30,
};

const TYPE_SYNC_STATUS = 8;

/** The provider's own end of a connection; make one for each connection. */
export function providerSocket(connection: Connection): HocuspocusProviderWebsocket {
  return new HocuspocusProviderWebsocket({
    url: connection.url,
    WebSocketPolyfill: connection.binary.Socket,
    ...NO_TIMERS,
  });
}

export interface SharedDocumentEvents {
  /** The server's text has arrived for the first time, or again after a lost line. */
  synced(): void;
  /** How many of this editor's edits the server has not confirmed as stored. */
  unacknowledged(count: number): void;
  /** What the server lets this person do. */
  access(scope: 'readonly' | 'read-write'): void;
  /** The server closed or denied the document; `reason` is the name of a failure. */
  closed(reason: string): void;
}

/** Edits of an earlier visit that were never acknowledged. */
export interface UnsentEdits {
  /** The whole state of the document that they were made in, as a Yjs update. */
  readonly state: Uint8Array;
  readonly edits: number;
}

/**
 * One document that several people edit: a `Y.Doc`, its presence, and an exact count of the edits
 * that the server has not acknowledged yet.
 */
export class SharedDocument {
  readonly doc = new Y.Doc();
  readonly text: Y.Text = this.doc.getText(TEXT_ROOT);
  private readonly provider: CountingProvider;

  constructor(
    socket: HocuspocusProviderWebsocket,
    readonly path: string,
    events: Partial<SharedDocumentEvents> = {},
    unsent: UnsentEdits | null = null,
  ) {
    this.provider = new CountingProvider(
      {
        websocketProvider: socket,
        name: path,
        document: this.doc,
        token: null,
        onSynced: () => events.synced?.(),
        onAuthenticated: ({ scope }) => events.access?.(scope as 'readonly' | 'read-write'),
        onAuthenticationFailed: ({ reason }) => events.closed?.(reason),
      },
      (count) => events.unacknowledged?.(count),
      (reason) => events.closed?.(reason),
    );
    if (unsent) {
      // Before the first step 1: that then names what is here, the step 2 that answers the server's
      // asking carries it, and a document that has another incarnation by now is not merged with it.
      Y.applyUpdate(this.doc, unsent.state, this.provider);
      this.provider.ledger.edit(unsent.edits);
    }
    this.provider.attach();
  }

  /** Presence of everybody in this document. */
  get awareness(): Awareness {
    return this.provider.awareness!;
  }

  /** Edits made here that the server has not acknowledged as stored. */
  get unacknowledged(): number {
    return this.provider.ledger.count;
  }

  get isSynced(): boolean {
    return this.provider.isSynced;
  }

  /**
   * Waits until every edit made here up to now is acknowledged, which is to say committed in the
   * server's database; later edits are not waited for. False when that takes too long.
   */
  stored(patienceMilliseconds: number): Promise<boolean> {
    const { ledger, waiting } = this.provider;
    const wanted = ledger.made;
    if (ledger.settled >= wanted) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (isStored: boolean) => {
        clearTimeout(timer);
        waiting.delete(look);
        resolve(isStored);
      };
      const look = () => {
        if (ledger.settled >= wanted) end(true);
      };
      const timer = setTimeout(() => end(false), patienceMilliseconds);
      waiting.add(look);
    });
  }

  /** Asks for the document again after the server closed it for a passing reason. */
  reopen(): void {
    this.provider.reopen();
  }

  /** Leaves the document; the text stays readable in `doc`. */
  close(): void {
    this.provider.destroy();
  }
}

/**
 * Counts edits that are under way. The server acknowledges a step 2 once and each later update once,
 * so the ledger is a queue of how many edits each awaited acknowledgement stands for: a step 1 puts
 * all open ones into one entry, since the step 2 that follows carries them all.
 */
export class AcknowledgementLedger {
  /** Edits ever made. */
  made = 0;
  private entries: number[] = [];

  get count(): number {
    return this.entries.reduce((sum, edits) => sum + edits, 0);
  }

  /** How many of the edits ever made are acknowledged; acknowledgements come in the order of the edits. */
  get settled(): number {
    return this.made - this.count;
  }

  edit(count = 1): void {
    this.made += count;
    this.entries.push(count);
  }

  stepOne(): void {
    this.entries = [this.count];
  }

  acknowledged(): void {
    this.entries.shift();
  }

  /** The server refused for good: nothing will be acknowledged any more. */
  clear(): void {
    this.entries = [];
  }
}

class CountingProvider extends HocuspocusProvider {
  readonly ledger = new AcknowledgementLedger();
  /** Who waits for acknowledgements looks again when the count has changed. */
  readonly waiting = new Set<() => void>();

  constructor(
    configuration: ConstructorParameters<typeof HocuspocusProvider>[0],
    private readonly tellCount: (count: number) => void,
    private readonly closed: (reason: string) => void,
  ) {
    super(configuration);
    this.on('message', ({ message }: { message: { readVarString(): string; readVarUint(): number } }) => {
      message.readVarString();
      const isRefusal = message.readVarUint() === TYPE_SYNC_STATUS && message.readVarUint() === 0;
      if (isRefusal && this.authorizedScope === 'readonly') {
        this.ledger.clear();
        this.counted();
      }
    });
    // A CLOSE message has code 1000 and a reason; a lost line has another code or no reason.
    this.on('close', ({ event }: { event: { code: number; reason: string } }) => {
      if (event.code === 1000 && event.reason !== '') this.closed(event.reason);
    });
  }

  /**
   * Nothing is queued while there is no line: what is typed then travels in the step 2 of the next
   * one. Queued updates would arrive there a second time, and the server does not acknowledge those.
   */
  override send(...[message, args]: Parameters<HocuspocusProvider['send']>): void {
    if (this.configuration.websocketProvider.webSocket?.readyState === 1) super.send(message, args);
  }

  override startSync(): void {
    this.ledger.stepOne();
    super.startSync();
  }

  override incrementUnsyncedChanges(): void {
    super.incrementUnsyncedChanges();
    this.ledger.edit();
    this.counted();
  }

  override decrementUnsyncedChanges(): void {
    super.decrementUnsyncedChanges();
    this.ledger.acknowledged();
    this.counted();
  }

  reopen(): void {
    void this.onOpen(new Event('open'));
  }

  private counted(): void {
    this.tellCount(this.ledger.count);
    for (const look of [...this.waiting]) look();
  }
}
