import * as Y from 'yjs';

/** A selection in a shared text, which stays correct while others type. */
interface RelativeSelection {
  readonly anchor: Y.RelativePosition;
  readonly head: Y.RelativePosition;
}

/** A selection as offsets of UTF-16 units. */
export interface OffsetSelection {
  readonly anchor: number;
  readonly head: number;
}

/** What one step of undo knows besides its changes. */
interface Step {
  before: RelativeSelection[];
  after: RelativeSelection[];
  /** The edit of several files that this step is part of; null for an edit of this file alone. */
  group: object | null;
}

const STEP = 'step';

/**
 * The undo of one person's own edits in one shared text: those of the given origins, never those of others.
 *
 * Steps are as long as the editor wants: it calls `pushStop` where VS Code ends a step (a word, a line, a
 * moved caret). Each step restores the selection from before or after it.
 */
export class OwnUndo {
  readonly manager: Y.UndoManager;
  /** The edit of several files that is being applied now. */
  group: () => object | null = () => null;
  private before: RelativeSelection[] = [];
  private openGroup: object | null = null;
  private applied: Step | null = null;
  /** Edits that the server made for this person, with the number of own steps before each. */
  private readonly remote: { readonly steps: number; readonly undo: () => void }[] = [];

  constructor(private readonly text: Y.Text) {
    // Time ends no step: the longest delay that is not infinite.
    this.manager = new Y.UndoManager(text, { captureTimeout: Number.MAX_SAFE_INTEGER, trackedOrigins: new Set() });
    this.manager.on('stack-item-added', ({ stackItem, type }: StackEvent) => this.added(stackItem, type));
  }

  /** Tracks the edits of an origin, for example of a binding. */
  track(origin: object): void {
    this.manager.addTrackedOrigin(origin);
  }

  untrack(origin: object): void {
    this.manager.removeTrackedOrigin(origin);
  }

  /** The server made an edit for this person, which the next undo takes back. */
  remember(undo: () => void): void {
    this.pushStop();
    this.remote.push({ steps: this.manager.undoStack.length, undo });
  }

  get canUndo(): boolean {
    return this.manager.canUndo() || this.remote.length > 0;
  }

  /** The next edit begins a new step. */
  pushStop(): void {
    this.manager.stopCapturing();
  }

  /** The next edit continues the last step. */
  popStop(): void {
    if (this.manager.undoStack.length > 0 && !this.isRemoteNext) this.manager.lastChange = Date.now();
  }

  /** Call before an edit with the selections there. */
  editing(selections: readonly OffsetSelection[]): void {
    const group = this.group();
    if (group !== this.openGroup) this.pushStop();
    this.openGroup = group;
    this.before = this.relative(selections);
  }

  /** Call after an edit with the selections there. */
  edited(selections: readonly OffsetSelection[]): void {
    const step = stepOf(this.manager.undoStack.at(-1));
    if (step && selections.length > 0) step.after = this.relative(selections);
  }

  /** The edit of several files that the next undo or redo belongs to. */
  groupOf(direction: 'undo' | 'redo'): object | null {
    return direction === 'undo' && this.isRemoteNext ? null : (stepOf(this.stack(direction).at(-1))?.group ?? null);
  }

  /** Whether any step belongs to an edit of several files. */
  get hasGroups(): boolean {
    return [...this.manager.undoStack, ...this.manager.redoStack].some((item) => stepOf(item)?.group);
  }

  /** Undoes or redoes one step; returns the selections to restore, or null if there was nothing to do. */
  run(direction: 'undo' | 'redo'): OffsetSelection[] | null {
    for (;;) {
      if (direction === 'undo' && this.isRemoteNext) {
        this.remote.pop()!.undo();
        return null;
      }
      if (this.stack(direction).length === 0) return null;
      const group = this.groupOf(direction);
      const selections = this.runLast(direction);
      // A step changes nothing if others have deleted what it typed: the one before it is next, unless several files are undone.
      if (selections !== null || group !== null) return selections;
    }
  }

  destroy(): void {
    this.manager.destroy();
  }

  /** Runs the last step and no other; Yjs itself would go on, past edits that the server made. Null if it changes nothing. */
  private runLast(direction: 'undo' | 'redo'): OffsetSelection[] | null {
    const stack = this.stack(direction);
    const earlier = stack.splice(0, stack.length - 1);
    const step = (this.applied = stepOf(stack[0]));
    try {
      const done = direction === 'undo' ? this.manager.undo() : this.manager.redo();
      if (done === null) return null;
      const selections = direction === 'undo' ? step?.before : step?.after;
      return (selections ?? []).flatMap((selection) => this.absolute(selection));
    } finally {
      stack.unshift(...earlier);
      this.applied = null;
      this.pushStop();
    }
  }

  /** Whether the latest step is an edit that the server made. */
  private get isRemoteNext(): boolean {
    return this.remote.at(-1)?.steps === this.manager.undoStack.length;
  }

  private stack(direction: 'undo' | 'redo') {
    return direction === 'undo' ? this.manager.undoStack : this.manager.redoStack;
  }

  private added(item: StackEvent['stackItem'], _type: string): void {
    // An undo makes a step to redo, of the same group and selections.
    const step: Step = this.applied ?? { before: this.before, after: [], group: this.openGroup };
    item.meta.set(STEP, step);
  }

  private relative(selections: readonly OffsetSelection[]): RelativeSelection[] {
    const at = (offset: number) => Y.createRelativePositionFromTypeIndex(this.text, Math.min(offset, this.text.length));
    return selections.map(({ anchor, head }) => ({ anchor: at(anchor), head: at(head) }));
  }

  private absolute({ anchor, head }: RelativeSelection): OffsetSelection[] {
    const at = (position: Y.RelativePosition) => Y.createAbsolutePositionFromRelativePosition(position, this.text.doc!)?.index;
    const [from, to] = [at(anchor), at(head)];
    return from === undefined || to === undefined ? [] : [{ anchor: from, head: to }];
  }
}

interface StackEvent {
  readonly stackItem: { readonly meta: Map<unknown, unknown> };
  readonly type: string;
}

function stepOf(item: { readonly meta: Map<unknown, unknown> } | undefined): Step | null {
  return (item?.meta.get(STEP) as Step | undefined) ?? null;
}
