import type { UsageList } from '@qide/client';
import type { ChangeSets } from './change-sets.js';

/** A text that a person attaches to a question. */
export interface ContextPart {
  /** For people: `shapes.py`, `shapes.py, lines 3 to 9`. */
  readonly label: string;
  /** The file that the text is from; the server refuses files that stay on its machine. */
  readonly path: string;
  /** The text as the model gets it. */
  readonly text: string;
}

/** A text that can be attached; it is read when it is looked at or sent. */
export interface ContextOffer {
  readonly kind: 'file' | 'selection' | 'problems';
  readonly label: string;
  readonly path: string;
  /** The text as it was chosen; null is the present text of the file. */
  readonly text: string | null;
}

/** A piece of a line of code, and the class that colours it. */
export interface ColouredText {
  readonly text: string;
  readonly className: string;
}

/** Code in an answer. */
export interface AnswerCode {
  readonly text: string;
  /** The language as the model named it, such as `python`; may be empty. */
  readonly language: string;
  /** The file that the model named for it; null without one. */
  readonly path: string | null;
}

/** Sends requests to the server, across any number of sockets. */
export interface ChatTransport {
  /** Whether the connection is initialized. */
  readonly isReady: boolean;
  /** Rejects with an error that has a `code` of `FAILURES`; `signal` cancels the request. */
  request(method: string, params: unknown, signal?: AbortSignal): Promise<unknown>;
}

/**
 * What the chat view needs of the editor around it. The view itself uses nothing but the DOM, so that the page and an
 * extension's webview show the same one; parameters and results survive structured cloning.
 */
export interface ChatHost {
  readonly transport: ChatTransport;
  /** The changes that models propose to this person. */
  readonly changeSets: ChangeSets;
  /** Whether this person may edit now, so that models may propose changes. */
  readonly mayEdit: boolean;
  /** Shows a proposed change in its file; resolves to a sentence if it cannot. */
  showChange(changeSet: string): Promise<string | null>;
  /** This person's usage of this month. */
  usage(): Promise<UsageList>;
  copy(text: string): Promise<void>;
  /** Replaces the selection of the editor that was used last; resolves to a sentence if it cannot. */
  insert(text: string): Promise<string | null>;
  /** Shows the change that code of an answer makes in its file; resolves to a sentence if it cannot. */
  apply(code: AnswerCode): Promise<string | null>;
  /** @param line from 1; null for none */
  openFile(path: string, line: number | null): Promise<void>;
  /** Lets the person choose files. */
  chooseFiles(): Promise<readonly ContextOffer[]>;
  /** What the editor that was used last offers: its file, its selection, its problems. */
  offers(): Promise<readonly ContextOffer[]>;
  /** Reads an offer; throws with a sentence if the file cannot be read. */
  read(offer: ContextOffer): Promise<ContextPart>;
  /** Code by lines, coloured; null for an unknown language. */
  colour(code: AnswerCode): Promise<readonly (readonly ColouredText[])[] | null>;
  /** Values that survive a reload of this window. */
  readonly memory: { get(key: string): string | null; set(key: string, value: string | null): void };
}
