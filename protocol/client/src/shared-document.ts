import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider';
import type { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import type { Connection } from './connection.js';

/** The root type that holds a document's text. */
export const TEXT_ROOT = 'content';

/** Only the connection waits and reconnects, so the provider's own timers are switched off. */
const NO_TIMERS = {
  delay: 1,
  minDelay: 0,
  maxDelay: 1,
  factor: 1,
  jitter: false,
  // `Infinity` would fire every millisecond.
  messageReconnectTimeout: 2 ** 30,
};

const TYPE_SYNC = 0;
const TYPE_SYNC_STATUS = 8;
const SYNC_STEP_1 = 0;

/** The Hocuspocus provider's socket on a connection; create one for each connection. */
export function providerSocket(connection: Connection): HocuspocusProviderWebsocket {
  return new HocuspocusProviderWebsocket({
    // Only the connection has an address.
    url: 'ws://connection',
    WebSocketPolyfill: connection.binary.Socket,
    ...NO_TIMERS,
  });
}

/** The events of a shared document. */
export interface SharedDocumentEvents {
  /** The server's text has arrived, for the first time or after a reconnect. */
  synced(): void;
  /** The number of this editor's edits that the server has not acknowledged as stored. */
  unacknowledged(count: number): void;
  /** What the server allows this person to do. */
  access(scope: 'readonly' | 'read-write'): void;
  /** The server closed or denied the document; `reason` is the name of a failure. */
  closed(reason: string): void;
}

/** Edits of an earlier visit that were never acknowledged. */
export interface UnsentEdits {
  /** The whole state of the document with these edits, as a Yjs update. */
  readonly state: Uint8Array;
  readonly edits: number;
}

/** A document that continues at another path, after its file was moved. */
export interface MovedDocument {
  readonly doc: Y.Doc;
  /** Its edits that the server has not acknowledged. */
  readonly edits: number;
}

/** The options of a shared document. */
export interface SharedDocumentOptions {
  /** Edits of an earlier visit, to merge and send. */
  readonly unsent?: UnsentEdits | null;
  /** The document to continue with, after its file was moved here. */
  readonly moved?: MovedDocument | null;
  /** Called when this client has closed the document. */
  readonly onClose?: () => void;
  /** Whether this client has no awareness state until the editor sets one: nobody sees it in the document. */
  readonly isHidden?: boolean;
}

/**
 * One document that several people edit: a `Y.Doc`, its awareness, and an exact count of the edits
 * that the server has not acknowledged yet.
 */
export class SharedDocument {
  readonly doc: Y.Doc;
  /** The text of the file, with LF as line ends. */
  readonly text: Y.Text;
  private readonly provider: CountingProvider;
  private readonly onClose: (() => void) | undefined;
  /** Called when the server's text has arrived, or with the name of the failure that keeps it away. */
  private readonly waitingForText = new Set<(failure: string | null) => void>();

  constructor(
    socket: HocuspocusProviderWebsocket,
    readonly path: string,
    events: Partial<SharedDocumentEvents> = {},
    { unsent = null, moved = null, isHidden = false, onClose }: SharedDocumentOptions = {},
  ) {
    this.onClose = onClose;
    this.doc = moved?.doc ?? new Y.Doc();
    this.text = this.doc.getText(TEXT_ROOT);
    const closed = (reason: string) => {
      events.closed?.(reason);
      this.settle(reason);
    };
    this.provider = new CountingProvider(
      {
        websocketProvider: socket,
        name: path,
        document: this.doc,
        token: null,
        onSynced: () => {
          events.synced?.();
          this.settle(null);
        },
        onAuthenticated: ({ scope }) => events.access?.(scope as 'readonly' | 'read-write'),
        onAuthenticationFailed: ({ reason }) => closed(reason),
      },
      (count) => events.unacknowledged?.(count),
      closed,
    );
    if (isHidden) this.awareness.setLocalState(null);
    // The step 2 that answers the server's step 1 carries these edits.
    if (moved) this.provider.ledger.edit(moved.edits);
    if (unsent) {
      // Before the first step 1, so that its state vector includes these edits: the step 2 that answers
      // the server's step 1 then carries them, and a newer generation of the document refuses them.
      Y.applyUpdate(this.doc, unsent.state, this.provider);
      this.provider.ledger.edit(unsent.edits);
    }
    this.provider.attach();
  }

  /** The awareness states of everybody in this document. */
  get awareness(): Awareness {
    return this.provider.awareness!;
  }

  /**
   * Edits made here that the server has not acknowledged as stored, among them those that it refused because this
   * person may not edit: they are sent again on the next connection, and after {@link reopen}.
   */
  get unacknowledged(): number {
    return this.provider.ledger.count;
  }

  /** Whether the server's text has arrived on the present connection. */
  get isSynced(): boolean {
    return this.provider.isSynced;
  }

  /** Resolves when the server's text is here; rejects with the name of a failure when the server closes the document. */
  whenSynced(): Promise<void> {
    if (this.isSynced) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.waitingForText.add((failure) => (failure === null ? resolve() : reject(new Error(failure))));
    });
  }

  /**
   * Waits until every edit made here so far is acknowledged, that is, committed in the server's database;
   * does not wait for later edits. Resolves to false after `timeoutMilliseconds`.
   */
  stored(timeoutMilliseconds: number): Promise<boolean> {
    const { ledger, waiting } = this.provider;
    const wanted = ledger.made;
    if (ledger.settled >= wanted) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (isStored: boolean) => {
        clearTimeout(timer);
        waiting.delete(check);
        resolve(isStored);
      };
      const check = () => {
        if (ledger.settled >= wanted) end(true);
      };
      const timer = setTimeout(() => end(false), timeoutMilliseconds);
      waiting.add(check);
    });
  }

  /** Requests the document again after the server closed it for a temporary failure. */
  reopen(): void {
    this.provider.reopen();
  }

  /** Closes the document; its text stays readable in `doc`. */
  close(): void {
    this.provider.destroy();
    this.settle('closed');
    this.onClose?.();
  }

  private settle(failure: string | null): void {
    const waiting = [...this.waitingForText];
    this.waitingForText.clear();
    for (const settle of waiting) settle(failure);
  }
}

/**
 * Counts unacknowledged edits. The server acknowledges a step 2 once and each later update once, so the
 * ledger is a queue: each entry is the number of edits that one expected acknowledgement covers. A step 1
 * joins all entries into one, since the step 2 that follows carries all these edits, refused ones included.
 */
export class AcknowledgementLedger {
  /** The number of edits ever made. */
  made = 0;
  private entries: number[] = [];
  private refusedEdits = 0;

  /** The number of edits that are not acknowledged. */
  get count(): number {
    return this.entries.reduce((sum, edits) => sum + edits, this.refusedEdits);
  }

  /** The number of edits ever acknowledged; acknowledgements come in the order of the edits. */
  get settled(): number {
    return this.made - this.count;
  }

  edit(count = 1): void {
    this.made += count;
    this.entries.push(count);
  }

  stepOne(): void {
    this.entries = [this.count];
    this.refusedEdits = 0;
  }

  acknowledged(): void {
    this.entries.shift();
  }

  /** The server refused the edits: no acknowledgement will come before they are sent again. */
  refused(): void {
    this.refusedEdits = this.count;
    this.entries = [];
  }
}

class CountingProvider extends HocuspocusProvider {
  readonly ledger = new AcknowledgementLedger();
  /** Callbacks that wait for acknowledgements; each is called when the count has changed. */
  readonly waiting = new Set<() => void>();
  private isLoggingIn = false;
  /** From this client's step 1 until the server's: what the server acknowledges meanwhile it received before. */
  private awaitsStepOne = false;

  constructor(
    configuration: ConstructorParameters<typeof HocuspocusProvider>[0],
    private readonly reportCount: (count: number) => void,
    private readonly closed: (reason: string) => void,
  ) {
    super(configuration);
    this.on('message', ({ message }: { message: { readVarString(): string; readVarUint(): number } }) => {
      message.readVarString();
      const type = message.readVarUint();
      if (type === TYPE_SYNC && message.readVarUint() === SYNC_STEP_1) this.awaitsStepOne = false;
      const isRefusal = type === TYPE_SYNC_STATUS && message.readVarUint() === 0;
      // Between a new login and its answer, the scope is still that of the former one.
      if (isRefusal && this.authorizedScope === 'readonly' && !this.isLoggingIn) {
        this.ledger.refused();
        this.countChanged();
      }
    });
    this.on('authenticated', () => (this.isLoggingIn = false));
    // A CLOSE message has code 1000 and a reason; a lost connection has another code or no reason.
    this.on('close', ({ event }: { event: { code: number; reason: string } }) => {
      if (event.code === 1000 && event.reason !== '') this.closed(event.reason);
    });
  }

  /**
   * Sends only on an open connection and queues nothing: the step 2 of the next connection carries edits made
   * offline. Queued updates would arrive a second time, and the server does not acknowledge an update twice.
   */
  override send(...[message, args]: Parameters<HocuspocusProvider['send']>): void {
    if (this.configuration.websocketProvider.webSocket?.readyState === 1) super.send(message, args);
  }

  override startSync(): void {
    this.isLoggingIn = true;
    this.awaitsStepOne = true;
    this.ledger.stepOne();
    super.startSync();
  }

  override incrementUnsyncedChanges(): void {
    super.incrementUnsyncedChanges();
    this.ledger.edit();
    this.countChanged();
  }

  /** An acknowledgement that was under way at a step 1 is no answer to the step 2 that carries all edits again. */
  override decrementUnsyncedChanges(): void {
    if (this.awaitsStepOne) return;
    super.decrementUnsyncedChanges();
    this.ledger.acknowledged();
    this.countChanged();
  }

  reopen(): void {
    void this.onOpen(new Event('open'));
  }

  private countChanged(): void {
    this.reportCount(this.ledger.count);
    for (const check of [...this.waiting]) check();
  }
}
