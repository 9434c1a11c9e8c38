import { failureName, modelFailure } from '../chat/failures.js';

/** How a person learns of a failure. */
export interface Shown {
  /** A notification. */
  warn(sentence: string): void;
  /** A passing sentence in the status bar. */
  status(sentence: string): void;
}

/**
 * Shows why there is no ghost text. An editor requests it at every key, so one notification is shown, and the next
 * one only after ghost text has worked again or has failed for another reason.
 */
export class GhostTextFailures {
  private shown = '';

  constructor(private readonly show: Shown) {}

  /** A request was answered, with or without a suggestion. */
  worked(): void {
    this.shown = '';
  }

  failed(error: unknown): void {
    const name = failureName(error);
    if (name !== null && QUIET.has(name)) return;
    if (name === 'file-ignored') {
      this.show.status('No ghost text here: the file holds secrets or matches an ignore file.');
      return;
    }
    const sentence = `There is no ghost text. ${modelFailure(error)}`;
    if (sentence === this.shown) return;
    this.shown = sentence;
    this.show.warn(sentence);
  }
}

/** No news to a person who types on, or who has no access to models. */
const QUIET: ReadonlySet<string> = new Set([
  'request-cancelled',
  'content-modified',
  'server-cancelled',
  'method-not-found',
  'model-not-configured',
  'forbidden',
]);

/**
 * A failed request whose `data` reads as text. The language client shows `data.toString()`, which is `[object Object]`
 * for the failures of Q-IDE and for those of many language servers.
 */
export function readable(error: unknown): unknown {
  const data = (error as { data?: unknown } | null)?.data;
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) {
    Object.defineProperty(data, 'toString', { value: () => textOf(data as Record<string, unknown>), configurable: true });
  }
  return error;
}

const DATA_CHARACTERS = 300;

/** The tags of a failure of Q-IDE; the JSON of other data. */
function textOf(data: Record<string, unknown>): string {
  const { tags } = data;
  const isOurs = typeof tags === 'object' && tags !== null;
  const text = isOurs
    ? Object.entries(tags).map(([name, value]) => `${name}: ${String(value)}`).join(', ')
    : JSON.stringify(data);
  return text.slice(0, DATA_CHARACTERS);
}
