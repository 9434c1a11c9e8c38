import * as Y from 'yjs';
import type { OpenFile } from './documents.js';
import { monaco } from './monaco.js';

/** Colours that the style sheet has for people. */
const PERSON_COLOURS = 8;
/** Other people whose carets are drawn; more would hide the text. */
const PEOPLE_DRAWN = 30;

interface PresenceState {
  user?: { name?: string };
  selection?: { anchor: unknown; head: unknown } | null;
}

/** Others' carets and selections in the shown file, and our own for them. */
export class Presence {
  private file: OpenFile | null = null;
  private readonly decorations: monaco.editor.IEditorDecorationsCollection;
  private readonly labels = new Map<number, Label>();
  private readonly redraw = () => this.draw();
  onPeople: (names: string[]) => void = () => {};

  constructor(
    private readonly editor: monaco.editor.IStandaloneCodeEditor,
    private readonly ownName: string,
  ) {
    this.decorations = editor.createDecorationsCollection();
    editor.onDidChangeCursorSelection(() => this.tellSelection());
  }

  /** Follows another file; null for none. */
  show(file: OpenFile | null): void {
    this.file?.shared.awareness.off('change', this.redraw);
    this.file?.shared.awareness.setLocalStateField('selection', null);
    this.file = file;
    if (file) {
      file.shared.awareness.setLocalStateField('user', { name: this.ownName });
      file.shared.awareness.on('change', this.redraw);
      this.tellSelection();
    }
    this.draw();
  }

  private tellSelection(): void {
    const selection = this.editor.getSelection();
    const { file } = this;
    if (!file || !selection || this.editor.getModel() !== file.model) return;
    const relative = (position: monaco.IPosition) =>
      Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(file.shared.text, file.model.getOffsetAt(position)));
    file.shared.awareness.setLocalStateField('selection', {
      anchor: relative({ lineNumber: selection.selectionStartLineNumber, column: selection.selectionStartColumn }),
      head: relative({ lineNumber: selection.positionLineNumber, column: selection.positionColumn }),
    });
  }

  private draw(): void {
    const { file } = this;
    if (!file) {
      this.decorations.clear();
      this.keepLabels(new Set());
      this.onPeople([]);
      return;
    }
    const { awareness, doc } = file.shared;
    const others = [...awareness.getStates()].filter(([id]) => id !== doc.clientID) as [number, PresenceState][];
    this.onPeople(others.map(([, state]) => state.user?.name ?? 'Somebody'));
    const drawn: monaco.editor.IModelDeltaDecoration[] = [];
    const seen = new Set<number>();
    for (const [id, state] of others.slice(0, PEOPLE_DRAWN)) {
      const anchor = this.position(file, state.selection?.anchor);
      const head = this.position(file, state.selection?.head);
      if (!anchor || !head) continue;
      seen.add(id);
      drawn.push(...decorationsOf(id, anchor, head));
      this.placeLabel(id, state.user?.name ?? 'Somebody', head);
    }
    this.decorations.set(drawn);
    this.keepLabels(seen);
  }

  /** A label stays in the page while its person does, so that only moving it starts its fading anew. */
  private placeLabel(id: number, name: string, head: monaco.Position): void {
    const there = this.labels.get(id);
    if (there && there.name === name) {
      if (there.position.equals(head)) return;
      there.position = head;
      this.editor.layoutContentWidget(there);
      for (const animation of there.getDomNode().getAnimations()) {
        animation.cancel();
        animation.play();
      }
      return;
    }
    if (there) this.editor.removeContentWidget(there);
    const label = new Label(id, name, head);
    this.labels.set(id, label);
    this.editor.addContentWidget(label);
  }

  private keepLabels(seen: ReadonlySet<number>): void {
    for (const [id, label] of this.labels) {
      if (seen.has(id)) continue;
      this.editor.removeContentWidget(label);
      this.labels.delete(id);
    }
  }

  private position(file: OpenFile, relative: unknown): monaco.Position | null {
    if (relative === null || typeof relative !== 'object') return null;
    try {
      const absolute = Y.createAbsolutePositionFromRelativePosition(
        Y.createRelativePositionFromJSON(relative),
        file.shared.doc,
      );
      return absolute?.type === file.shared.text ? file.model.getPositionAt(absolute.index) : null;
    } catch {
      // Presence is what another client claims: a malformed caret is not drawn.
      return null;
    }
  }
}

/** The name above another person's caret. */
class Label implements monaco.editor.IContentWidget {
  private readonly element = document.createElement('div');

  constructor(
    private readonly id: number,
    readonly name: string,
    public position: monaco.Position,
  ) {
    this.element.className = `person-label ${colourOf(id)}`;
    this.element.textContent = name;
  }

  getId(): string {
    return `person-${this.id}`;
  }

  getDomNode(): HTMLElement {
    return this.element;
  }

  getPosition(): monaco.editor.IContentWidgetPosition {
    const { ABOVE, BELOW } = monaco.editor.ContentWidgetPositionPreference;
    return { position: this.position, preference: [ABOVE, BELOW] };
  }
}

function colourOf(id: number): string {
  return `person-${id % PERSON_COLOURS}`;
}

function decorationsOf(id: number, anchor: monaco.Position, head: monaco.Position): monaco.editor.IModelDeltaDecoration[] {
  const [start, end] = anchor.isBefore(head) ? [anchor, head] : [head, anchor];
  const { NeverGrowsWhenTypingAtEdges: stickiness } = monaco.editor.TrackedRangeStickiness;
  return [
    { range: monaco.Range.fromPositions(start, end), options: { className: `person-selection ${colourOf(id)}`, stickiness } },
    { range: monaco.Range.fromPositions(head), options: { beforeContentClassName: `person-caret ${colourOf(id)}`, stickiness } },
  ];
}
