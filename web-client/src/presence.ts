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
  private labels: monaco.editor.IContentWidget[] = [];
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
    for (const label of this.labels.splice(0)) this.editor.removeContentWidget(label);
    const { file } = this;
    if (!file) {
      this.decorations.clear();
      this.onPeople([]);
      return;
    }
    const { awareness, doc } = file.shared;
    const others = [...awareness.getStates()].filter(([id]) => id !== doc.clientID) as [number, PresenceState][];
    this.onPeople(others.map(([, state]) => state.user?.name ?? 'Somebody'));
    const drawn: monaco.editor.IModelDeltaDecoration[] = [];
    for (const [id, state] of others.slice(0, PEOPLE_DRAWN)) {
      const anchor = this.position(file, state.selection?.anchor);
      const head = this.position(file, state.selection?.head);
      if (anchor && head) drawn.push(...this.drawPerson(id, state.user?.name ?? 'Somebody', anchor, head));
    }
    this.decorations.set(drawn);
  }

  private drawPerson(
    id: number,
    name: string,
    anchor: monaco.Position,
    head: monaco.Position,
  ): monaco.editor.IModelDeltaDecoration[] {
    const colour = `person-${id % PERSON_COLOURS}`;
    const label = document.createElement('div');
    label.className = `person-label ${colour}`;
    label.textContent = name;
    const widget: monaco.editor.IContentWidget = {
      getId: () => `person-${id}`,
      getDomNode: () => label,
      getPosition: () => ({
        position: head,
        preference: [
          monaco.editor.ContentWidgetPositionPreference.ABOVE,
          monaco.editor.ContentWidgetPositionPreference.BELOW,
        ],
      }),
    };
    this.labels.push(widget);
    this.editor.addContentWidget(widget);
    return [
      {
        range: monaco.Range.fromPositions(...(anchor.isBefore(head) ? ([anchor, head] as const) : ([head, anchor] as const))),
        options: { className: `person-selection ${colour}`, stickiness: 1 },
      },
      {
        range: monaco.Range.fromPositions(head),
        options: { beforeContentClassName: `person-caret ${colour}`, stickiness: 1 },
      },
    ];
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
