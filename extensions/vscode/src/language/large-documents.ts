import type { RequestOrNotification } from '@qide/client';

/** The longest message that the server takes, in bytes, less room for what is changed on the way: a longer one ends the connection. */
const MESSAGE_BYTES = (8 << 20) - (64 << 10);
/** The most bytes of a UTF-16 unit in a message: `\u0000`. */
const UNIT_BYTES = 6;

interface TextParams {
  readonly textDocument?: { readonly uri?: string; readonly text?: string };
  readonly contentChanges?: readonly { readonly text: string }[];
}

/**
 * Keeps documents from the language servers whose text is longer than a message may be. They have no language features until the editor
 * closes them; all others keep theirs.
 */
export class LargeDocuments {
  private readonly uris = new Set<string>();

  /** @param refused called once for each of these documents */
  constructor(private readonly refused: (uri: string) => void) {}

  /** The message as it is sent; null if it is not. */
  outgoing(message: RequestOrNotification): RequestOrNotification | null {
    const { textDocument, contentChanges } = (message.params ?? {}) as TextParams;
    const uri = textDocument?.uri;
    if (uri === undefined) return message;
    const isOpening = message.method === 'textDocument/didOpen';
    if (isOpening || message.method === 'textDocument/didChange') {
      const texts = isOpening ? [textDocument?.text ?? ''] : (contentChanges ?? []).map(({ text }) => text);
      if (isTooLong(message, texts)) return this.refuse(uri, isOpening);
      if (isOpening) this.uris.delete(uri);
    }
    if (!this.uris.has(uri)) return message;
    if (message.method === 'textDocument/didClose') this.uris.delete(uri);
    return null;
  }

  /** The servers know a document that grows too large until it is closed there. */
  private refuse(uri: string, isOpening: boolean): RequestOrNotification | null {
    const isKnown = this.uris.has(uri);
    this.uris.add(uri);
    if (!isKnown) this.refused(uri);
    return isOpening || isKnown ? null : { jsonrpc: '2.0', method: 'textDocument/didClose', params: { textDocument: { uri } } };
  }
}

function isTooLong(message: RequestOrNotification, texts: readonly string[]): boolean {
  const units = texts.reduce((sum, text) => sum + text.length, 0);
  return units > MESSAGE_BYTES / UNIT_BYTES && new TextEncoder().encode(JSON.stringify(message)).length > MESSAGE_BYTES;
}
