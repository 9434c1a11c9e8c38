import * as monaco from '@codingame/monaco-vscode-editor-api';
import * as Y from 'yjs';
import type { SharedFile } from '../text/shared-file.js';
import { identityOf, type PresenceState } from 'qide-vscode/members/members.js';

/** The most carets of others that are drawn; more would hide the text. */
const PEOPLE_DRAWN = 30;
/** The distance between pointer and caret, in columns, at which the name appears. */
const NEAR_COLUMNS = 3;

interface Drawn {
  readonly client: number;
  readonly key: string;
  readonly name: string;
  readonly anchor: monaco.Position;
  readonly head: monaco.Position;
}

/** Draws others' carets and selections in one editor. */
export class Carets {
  private file: SharedFile | null = null;
  private drawn: Drawn[] = [];
  private readonly decorations: monaco.editor.IEditorDecorationsCollection;
  private readonly labels = new Map<number, Label>();
  private isRedrawRequested = false;

  constructor(
    private readonly editor: monaco.editor.ICodeEditor,
    private readonly colourOf: (key: string) => number,
  ) {
    this.decorations = editor.createDecorationsCollection();
    // Text inserted before a caret moves it without a change of its relative position.
    editor.onDidChangeModelContent(() => this.redraw());
    editor.onMouseMove(({ target }) => this.pointedAt(target.position));
    editor.onMouseDown(({ target }) => this.pointedAt(target.position));
    editor.onMouseLeave(() => this.pointedAt(null));
  }

  /** Switches to another file, or to another document of the same file; null for none. */
  show(file: SharedFile | null): void {
    this.file = file;
    this.redraw();
  }

  /** Redraws everybody once before the next frame, however often it is called. */
  redraw(): void {
    if (this.isRedrawRequested) return;
    this.isRedrawRequested = true;
    requestAnimationFrame(() => {
      this.isRedrawRequested = false;
      this.draw();
    });
  }

  /** Scrolls to the caret of a client, else of the same person; false when neither is in the shown file. */
  reveal(key: string, client: number): boolean {
    const found = this.drawn.find((one) => one.client === client) ?? this.drawn.find((one) => one.key === key);
    if (!found) return false;
    this.editor.setPosition(found.head);
    this.editor.revealPositionInCenterIfOutsideViewport(found.head);
    this.labels.get(found.client)?.showAgain();
    return true;
  }

  private draw(): void {
    this.drawn = this.file ? this.othersIn(this.file) : [];
    this.decorations.set(this.drawn.flatMap((one) => decorationsOf(this.colourOf(one.key), one.anchor, one.head)));
    for (const one of this.drawn) this.placeLabel(one);
    const seen = new Set(this.drawn.map(({ client }) => client));
    for (const [client, label] of this.labels) {
      if (seen.has(client)) continue;
      this.editor.removeContentWidget(label);
      this.labels.delete(client);
    }
  }

  private othersIn(file: SharedFile): Drawn[] {
    if (file.shared === null || file.bindings.size === 0) return [];
    const { awareness, doc } = file.shared;
    const others: Drawn[] = [];
    for (const [client, state] of awareness.getStates() as Map<number, PresenceState>) {
      const anchor = this.position(file, state.selection?.anchor);
      const head = this.position(file, state.selection?.head);
      if (client === doc.clientID || !anchor || !head) continue;
      const identity = identityOf(state) ?? { key: `client:${client}`, name: 'Somebody' };
      others.push({ client, ...identity, anchor, head });
      if (others.length === PEOPLE_DRAWN) break;
    }
    return others;
  }

  /** A label stays on the page as long as its client, so that only a move restarts its fading. */
  private placeLabel({ client, key, name, head }: Drawn): void {
    const existing = this.labels.get(client);
    if (existing) {
      existing.setPerson(name, this.colourOf(key));
      if (existing.position.equals(head)) return;
      existing.position = head;
      this.editor.layoutContentWidget(existing);
      existing.showAgain();
      return;
    }
    const label = new Label(client, head);
    label.setPerson(name, this.colourOf(key));
    this.labels.set(client, label);
    this.editor.addContentWidget(label);
  }

  /** Shows faded names again under the pointer: at a caret or in a selection. */
  private pointedAt(position: monaco.Position | null): void {
    for (const { client, anchor, head } of this.drawn) {
      const [start, end] = anchor.isBefore(head) ? [anchor, head] : [head, anchor];
      const isNear =
        position !== null &&
        ((position.lineNumber === head.lineNumber && Math.abs(position.column - head.column) <= NEAR_COLUMNS) ||
          monaco.Range.fromPositions(start, end).containsPosition(position));
      this.labels.get(client)?.element.classList.toggle('near', isNear);
    }
  }

  private position(file: SharedFile, relative: unknown): monaco.Position | null {
    const { shared } = file;
    if (!shared || relative === null || typeof relative !== 'object') return null;
    try {
      const absolute = Y.createAbsolutePositionFromRelativePosition(
        Y.createRelativePositionFromJSON(relative),
        shared.doc,
      );
      return absolute?.type === shared.text ? (this.editor.getModel()?.getPositionAt(absolute.index) ?? null) : null;
    } catch {
      // Another client wrote this state: a malformed caret is not drawn.
      return null;
    }
  }
}

/** The name above another person's caret. */
class Label implements monaco.editor.IContentWidget {
  readonly element = document.createElement('div');

  constructor(
    private readonly client: number,
    public position: monaco.Position,
  ) {
    this.element.className = 'person-label';
  }

  setPerson(name: string, colour: number): void {
    if (this.element.textContent !== name) this.element.textContent = name;
    const { classList } = this.element;
    if (classList.contains(`person-${colour}`)) return;
    classList.remove(...[...classList].filter((one) => /^person-\d+$/.test(one)));
    classList.add(`person-${colour}`);
  }

  /** Restarts the fading. */
  showAgain(): void {
    for (const animation of this.element.getAnimations()) {
      animation.cancel();
      animation.play();
    }
  }

  getId(): string {
    return `person-${this.client}`;
  }

  getDomNode(): HTMLElement {
    return this.element;
  }

  getPosition(): monaco.editor.IContentWidgetPosition {
    const { ABOVE, BELOW } = monaco.editor.ContentWidgetPositionPreference;
    return { position: this.position, preference: [ABOVE, BELOW] };
  }
}

function decorationsOf(colour: number, anchor: monaco.Position, head: monaco.Position): monaco.editor.IModelDeltaDecoration[] {
  const [start, end] = anchor.isBefore(head) ? [anchor, head] : [head, anchor];
  const { NeverGrowsWhenTypingAtEdges: stickiness } = monaco.editor.TrackedRangeStickiness;
  return [
    { range: monaco.Range.fromPositions(start, end), options: { className: `person-selection person-${colour}`, stickiness } },
    { range: monaco.Range.fromPositions(head), options: { beforeContentClassName: `person-caret person-${colour}`, stickiness } },
  ];
}
