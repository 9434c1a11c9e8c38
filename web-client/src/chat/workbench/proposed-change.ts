import './proposed-change.css';
import * as monaco from '@codingame/monaco-vscode-editor-api';
import { linesDiffComputers } from '@codingame/monaco-vscode-api/vscode/vs/editor/common/diff/linesDiffComputers';
import type { DetailedLineRangeMapping } from '@codingame/monaco-vscode-api/vscode/vs/editor/common/diff/rangeMapping';
import { applyFontInfo } from '@codingame/monaco-vscode-api/vscode/vs/editor/browser/config/domFontInfo';
import { h } from 'qide-vscode/dom.js';
import type { ColouredText } from '../chat-host.js';

type Editor = monaco.editor.ICodeEditor;

/** How long the difference of two texts may be computed; later the rest counts as changed. */
const DIFF_MILLISECONDS = 1_000;
const STICKINESS = monaco.editor.TrackedRangeStickiness.NeverGrowsWhenTypingAtEdges;

/** One part of a change: neighbouring lines that are replaced, removed or inserted. */
interface Hunk {
  /** Follows the replaced lines while others type; null for an insertion. */
  readonly lines: string | null;
  /** The replaced lines as the model read them. */
  readonly base: string;
  /** Ranges that follow the text, and what replaces them. */
  readonly edits: readonly { readonly range: string; readonly text: string }[];
  readonly zone: string | null;
  readonly widget: monaco.editor.IContentWidget;
}

export interface ProposedChangeHooks {
  /** Code by lines, coloured. */
  colour(text: string): Promise<readonly (readonly ColouredText[])[] | null>;
  /** The person accepted or rejected the last part. */
  closed(): void;
}

/**
 * A change of a text that the person sees in the editor and accepts or rejects, as a whole or part by part. Nothing is
 * edited before. What is accepted is the person's own edit of the shared document, one step of undo for each choice.
 *
 * Invariant: a part is applied only to the lines that the model read. If somebody has changed them meanwhile, the part
 * is not applied, and a sentence says so.
 */
export class ProposedChange {
  private readonly decorations: monaco.editor.IEditorDecorationsCollection;
  private readonly bar: monaco.editor.IOverlayWidget;
  private readonly status = h('span', { class: 'qide-change-status', role: 'status' });
  private readonly subscriptions: monaco.IDisposable[] = [];
  private hunks: Hunk[] = [];
  private isClosed = false;

  /** @returns null when the texts are equal */
  static show(editor: Editor, base: string, proposed: string, hooks: ProposedChangeHooks): ProposedChange | null {
    const modified = proposed.split('\n');
    const options = { ignoreTrimWhitespace: false, maxComputationTimeMs: DIFF_MILLISECONDS, computeMoves: false };
    const { changes } = linesDiffComputers.getDefault().computeDiff(base.split('\n'), modified, options);
    return changes.length === 0 ? null : new ProposedChange(editor, changes, modified, hooks);
  }

  private constructor(
    private readonly editor: Editor,
    changes: readonly DetailedLineRangeMapping[],
    private readonly modified: readonly string[],
    private readonly hooks: ProposedChangeHooks,
  ) {
    this.decorations = editor.createDecorationsCollection();
    this.bar = this.createBar();
    this.hunks = changes.map((change, index) => this.createHunk(change, index));
    editor.addOverlayWidget(this.bar);
    this.subscriptions.push(
      editor.onDidChangeModel(() => this.close()),
      editor.onDidDispose(() => this.close()),
      editor.onKeyDown((event) => this.pressed(event.browserEvent)),
    );
    this.update();
    editor.revealLineInCenterIfOutsideViewport(changes[0]!.original.startLineNumber);
    this.bar.getDomNode().querySelector('button')?.focus();
  }

  /** Closes it; what was not accepted is rejected. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const hunk of this.hunks) this.remove(hunk);
    this.decorations.clear();
    this.editor.removeOverlayWidget(this.bar);
    for (const subscription of this.subscriptions) subscription.dispose();
    this.hooks.closed();
  }

  /** Applies parts as one edit of the person, with one undo stop. */
  private accept(hunks: readonly Hunk[]): void {
    const model = this.editor.getModel();
    const fitting = hunks.filter((hunk) => this.fits(hunk));
    const edits = fitting.flatMap(({ edits: all }) => all.map(({ range, text }) => ({ range: model!.getDecorationRange(range)!, text, forceMoveMarkers: true })));
    this.editor.pushUndoStop();
    const isDone = edits.length === 0 || this.editor.executeEdits('qide.chat', edits);
    this.editor.pushUndoStop();
    if (!isDone) return this.say('This file cannot be changed here.');
    this.drop(fitting);
    if (fitting.length < hunks.length) this.say('Somebody changed these lines meanwhile, so the rest was not applied. Reject it and ask again.');
    else if (this.hunks.length === 0) this.editor.focus();
  }

  private reject(hunks: readonly Hunk[]): void {
    this.drop(hunks);
    if (this.hunks.length === 0) this.editor.focus();
  }

  private fits({ lines, base, edits }: Hunk): boolean {
    const model = this.editor.getModel();
    const range = lines === null ? null : model?.getDecorationRange(lines);
    if (!model || edits.some((edit) => model.getDecorationRange(edit.range) === null)) return false;
    return lines === null || (range !== null && range !== undefined && model.getValueInRange(range) === base);
  }

  private drop(hunks: readonly Hunk[]): void {
    for (const hunk of hunks) this.remove(hunk);
    this.hunks = this.hunks.filter((one) => !hunks.includes(one));
    if (this.hunks.length === 0) this.close();
    else this.update();
  }

  private remove({ zone, widget, lines, edits }: Hunk): void {
    if (zone !== null) this.editor.changeViewZones((zones) => zones.removeZone(zone));
    this.editor.removeContentWidget(widget);
    this.editor.getModel()?.deltaDecorations([...(lines === null ? [] : [lines]), ...edits.map(({ range }) => range)], []);
  }

  private createHunk({ original, modified, innerChanges }: DetailedLineRangeMapping, index: number): Hunk {
    const model = this.editor.getModel()!;
    const end = original.endLineNumberExclusive - 1;
    const isInsertion = original.isEmpty;
    const lineRange = isInsertion ? null : new monaco.Range(original.startLineNumber, 1, end, model.getLineMaxColumn(end));
    const track = (range: monaco.IRange, options: monaco.editor.IModelDecorationOptions) => model.deltaDecorations([], [{ range, options: { stickiness: STICKINESS, ...options } }])[0]!;
    const lines = lineRange && track(lineRange, { isWholeLine: true, className: 'qide-change-removed' });
    const edits = (innerChanges ?? []).map(({ originalRange, modifiedRange }) => ({ range: track(originalRange, { className: 'qide-change-removed-text' }), text: textIn(this.modified, modifiedRange) }));
    const added = this.modified.slice(modified.startLineNumber - 1, modified.endLineNumberExclusive - 1);
    const zone = added.length === 0 ? null : this.createZone(added, end);
    const hunk: Hunk = { lines, base: lineRange === null ? '' : model.getValueInRange(lineRange), edits, zone, widget: this.createWidget(index, Math.max(1, isInsertion ? end : original.startLineNumber), () => hunk) };
    this.editor.addContentWidget(hunk.widget);
    return hunk;
  }

  private createZone(added: readonly string[], afterLineNumber: number): string {
    const rows = added.map((line) => h('div', {}, line === '' ? ' ' : line));
    const domNode = h('div', { class: 'qide-change-added', 'aria-hidden': 'true' }, ...rows);
    applyFontInfo(domNode, this.editor.getOption(monaco.editor.EditorOption.fontInfo) as never);
    const lineHeight = this.editor.getOption(monaco.editor.EditorOption.lineHeight);
    domNode.style.lineHeight = `${lineHeight}px`;
    void this.hooks.colour(added.join('\n')).then((lines) => lines?.forEach((line, index) => rows[index]?.replaceChildren(...line.map(({ text, className }) => h('span', { class: className }, text)), line.length === 0 ? ' ' : '')));
    let id = '';
    this.editor.changeViewZones((zones) => {
      id = zones.addZone({ afterLineNumber, heightInLines: added.length, domNode });
    });
    return id;
  }

  private createWidget(index: number, lineNumber: number, hunk: () => Hunk): monaco.editor.IContentWidget {
    const model = this.editor.getModel()!;
    const button = (label: string, word: string, run: () => void) => h('button', { type: 'button', title: label, 'aria-label': label, onclick: run }, word);
    const node = h('div', { class: 'qide-change-part' }, button('Accept this part', '✓', () => this.accept([hunk()])), button('Reject this part', '✗', () => this.reject([hunk()])));
    const position = { lineNumber, column: model.getLineMaxColumn(lineNumber) };
    return {
      getId: () => `qide.change.${index}`,
      getDomNode: () => node,
      getPosition: () => ({ position, preference: [monaco.editor.ContentWidgetPositionPreference.EXACT] }),
    };
  }

  private createBar(): monaco.editor.IOverlayWidget {
    const button = (label: string, keys: string, className: string, run: () => void) => h('button', { type: 'button', class: className, title: `${label} (${keys})`, onclick: run }, label);
    const node = h(
      'div',
      { class: 'qide-change-bar', role: 'group', 'aria-label': 'Proposed change', onkeydown: (event: KeyboardEvent) => this.pressed(event) },
      this.status,
      button('Accept', 'Ctrl+Enter', '', () => this.accept(this.hunks)),
      button('Reject', 'Escape', 'is-secondary', () => this.reject(this.hunks)),
    );
    return { getId: () => 'qide.change', getDomNode: () => node, getPosition: () => ({ preference: monaco.editor.OverlayWidgetPositionPreference.BOTTOM_RIGHT_CORNER }) };
  }

  private pressed(event: KeyboardEvent): void {
    const isAccept = event.key === 'Enter' && (event.ctrlKey || event.metaKey);
    if (!isAccept && event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    if (isAccept) this.accept(this.hunks);
    else this.reject(this.hunks);
  }

  private update(): void {
    const parts = this.hunks.length;
    this.say(parts === 1 ? 'One change' : `${parts} changes`);
  }

  private say(sentence: string): void {
    this.status.textContent = sentence;
  }
}

function textIn(lines: readonly string[], { startLineNumber, startColumn, endLineNumber, endColumn }: monaco.IRange): string {
  const part = lines.slice(startLineNumber - 1, endLineNumber);
  if (part.length === 0) return '';
  part[part.length - 1] = part.at(-1)!.slice(0, endColumn - 1);
  part[0] = part[0]!.slice(startColumn - 1);
  return part.join('\n');
}
