import * as vscode from 'vscode';
import * as Y from 'yjs';
import { ON_PERSON, PERSON_FILLS } from '../members/fills.js';
import { identityOf, type PresenceState } from '../members/members.js';
import type { OpenFile, SharedDocuments } from './shared-documents.js';

/** The most carets of others that are drawn in an editor; more would hide the text. */
const PEOPLE_DRAWN = 30;
/** The delay before changed carets are published and drawn. */
const DRAW_MILLISECONDS = 30;

/** The carets whose last move is remembered. */
const MOVES_KEPT = 256;
/** How long a name stays above a caret that has moved; a hover shows it afterwards. */
const NAME_MILLISECONDS = 2_500;

interface Drawn {
  readonly key: string;
  readonly client: number;
  readonly colour: number;
  readonly name: string;
  readonly anchor: vscode.Position;
  readonly head: vscode.Position;
}

/** Draws the carets and selections of others in the editors, and publishes this person's. */
export class Carets {
  private readonly types: { readonly caret: vscode.TextEditorDecorationType; readonly selection: vscode.TextEditorDecorationType }[];
  private readonly disposables: vscode.Disposable[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private active: OpenFile | null = null;
  /** Where each client's caret was when it last moved: its offset, and until when its name is shown. */
  private readonly moves = new Map<number, { readonly offset: number; readonly until: number }>();

  constructor(
    private readonly documents: SharedDocuments,
    private readonly ownName: string,
    private readonly colourOf: (key: string) => number,
  ) {
    const rangeBehavior = vscode.DecorationRangeBehavior.ClosedClosed;
    this.types = PERSON_FILLS.map(([light, dark]) => ({
      caret: vscode.window.createTextEditorDecorationType({ light: { borderColor: light }, dark: { borderColor: dark }, borderStyle: 'solid', borderWidth: '0 0 0 2px', rangeBehavior }),
      selection: vscode.window.createTextEditorDecorationType({ light: { backgroundColor: `${light}40` }, dark: { backgroundColor: `${dark}40` }, rangeBehavior }),
    }));
    this.disposables.push(
      ...this.types.flatMap(({ caret, selection }) => [caret, selection]),
      vscode.window.onDidChangeTextEditorSelection(() => this.update()),
      vscode.window.onDidChangeActiveTextEditor(() => this.update()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.update()),
    );
    this.update();
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const disposable of this.disposables) disposable.dispose();
  }

  /** A caret or a text changed: publishes and draws once, however often it is called meanwhile. */
  update(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.publish();
      for (const editor of vscode.window.visibleTextEditors) this.draw(editor);
    }, DRAW_MILLISECONDS);
  }

  /** Scrolls to the caret of a client, else of the same person; false when neither is in the editor's file. */
  reveal(editor: vscode.TextEditor, key: string, client: number): boolean {
    const file = this.documents.fileOf(editor.document);
    const drawn = file?.binding ? this.othersIn(file, editor.document) : [];
    const found = drawn.find((one) => one.client === client) ?? drawn.find((one) => one.key === key);
    if (!found) return false;
    editor.selection = new vscode.Selection(found.head, found.head);
    editor.revealRange(new vscode.Range(found.head, found.head), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    return true;
  }

  private publish(): void {
    const editor = vscode.window.activeTextEditor;
    const file = (editor && this.documents.fileOf(editor.document)) ?? null;
    if (this.active && this.active !== file) this.active.shared.awareness.setLocalState({ user: { name: this.ownName }, selection: null });
    this.active = file;
    if (!editor || !file?.binding) return;
    const relative = (position: vscode.Position) => {
      const offset = Math.min(file.shared.text.length, editor.document.offsetAt(position));
      return Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(file.shared.text, offset));
    };
    const state = { user: { name: this.ownName }, selection: { anchor: relative(editor.selection.anchor), head: relative(editor.selection.active) } };
    if (JSON.stringify(file.shared.awareness.getLocalState()) === JSON.stringify(withoutServerFields(file, state))) return;
    file.shared.awareness.setLocalState(withoutServerFields(file, state));
  }

  private draw(editor: vscode.TextEditor): void {
    const file = this.documents.fileOf(editor.document);
    const drawn = file?.binding ? this.othersIn(file, editor.document) : [];
    for (const [colour, { caret, selection }] of this.types.entries()) {
      const own = drawn.filter((one) => one.colour === colour);
      editor.setDecorations(caret, own.map(({ client, head, name }) => ({
        range: new vscode.Range(head, head),
        hoverMessage: new vscode.MarkdownString().appendText(name),
        ...(this.hasMoved(client, editor.document.offsetAt(head)) ? { renderOptions: label(name, PERSON_FILLS[colour]!) } : {}),
      })));
      editor.setDecorations(selection, own.filter(({ anchor, head }) => !anchor.isEqual(head)).map(({ anchor, head }) => new vscode.Range(anchor, head)));
    }
  }

  /** Whether a caret moved so recently that its name is shown; draws again when that time has passed. */
  private hasMoved(client: number, offset: number): boolean {
    const now = Date.now();
    const last = this.moves.get(client);
    if (last?.offset === offset) return now < last.until;
    this.moves.delete(client);
    this.moves.set(client, { offset, until: now + NAME_MILLISECONDS });
    for (const oldest of this.moves.keys()) {
      if (this.moves.size <= MOVES_KEPT) break;
      this.moves.delete(oldest);
    }
    setTimeout(() => this.update(), NAME_MILLISECONDS + DRAW_MILLISECONDS);
    return true;
  }

  private othersIn({ shared }: OpenFile, document: vscode.TextDocument): Drawn[] {
    const others: Drawn[] = [];
    for (const [client, state] of shared.awareness.getStates() as Map<number, PresenceState>) {
      const position = (relative: unknown) => {
        const offset = offsetOf(shared.doc, shared.text, relative);
        return offset === null ? null : document.positionAt(offset);
      };
      const anchor = position(state.selection?.anchor);
      const head = position(state.selection?.head);
      if (client === shared.doc.clientID || !anchor || !head) continue;
      const { key, name } = identityOf(state) ?? { key: `client:${client}`, name: 'Somebody' };
      others.push({ key, client, colour: this.colourOf(key) % this.types.length, name, anchor, head });
      if (others.length === PEOPLE_DRAWN) break;
    }
    return others;
  }
}

/** The server writes who this is into a client's state; it stays when the client writes the rest. */
function withoutServerFields({ shared }: OpenFile, state: object): object {
  return { ...(shared.awareness.getLocalState() ?? {}), ...state };
}

function label(name: string, [light, dark]: readonly [string, string]): vscode.DecorationInstanceRenderOptions {
  return {
    light: { after: { color: ON_PERSON.light, backgroundColor: light } },
    dark: { after: { color: ON_PERSON.dark, backgroundColor: dark } },
    after: { contentText: name, margin: '0 0 0 2px', textDecoration: 'none; position: absolute; top: -1.15em; padding: 0 4px; border-radius: 3px; font-size: 0.75em; line-height: 1.4; z-index: 1; pointer-events: none' },
  };
}

function offsetOf(doc: Y.Doc, text: Y.Text, relative: unknown): number | null {
  if (relative === null || typeof relative !== 'object') return null;
  try {
    const absolute = Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(relative), doc);
    return absolute?.type === text ? absolute.index : null;
  } catch {
    // Another client wrote this state: a malformed caret is not drawn.
    return null;
  }
}
