import './proposed-change.css';
import * as monaco from '@codingame/monaco-vscode-editor-api';
import { linesDiffComputers } from '@codingame/monaco-vscode-api/vscode/vs/editor/common/diff/linesDiffComputers';
import type { DetailedLineRangeMapping } from '@codingame/monaco-vscode-api/vscode/vs/editor/common/diff/rangeMapping';
import { applyFontInfo } from '@codingame/monaco-vscode-api/vscode/vs/editor/browser/config/domFontInfo';
import type { ChangeSetInfo, ChangeSetInfoHunk } from '@qide/client';
import { h } from 'qide-vscode/dom.js';
import { partsIn } from 'qide-vscode/chat/change-sets.js';
import type { ColouredText } from 'qide-vscode/chat/chat-host.js';
import { lineOf } from 'qide-vscode/chat/hunk-lines.js';

type Editor = monaco.editor.ICodeEditor;

/** How long the difference of two texts may be computed; later the rest counts as changed. */
const DIFF_MILLISECONDS = 1_000;
/** The row of a choice that a finger can hit. */
const TOUCH_ROW_PIXELS = 46;
const STICKINESS = monaco.editor.TrackedRangeStickiness.NeverGrowsWhenTypingAtEdges;

/** A part of a change in the editor. */
interface ShownHunk {
  readonly number: number;
  /** Decorations that follow the text; the first has the lines of the part. */
  readonly decorations: readonly string[];
  readonly zones: readonly string[];
  readonly widget: monaco.editor.IContentWidget;
}

export interface ProposedChangeHooks {
  /** Code by lines, coloured. */
  colour(text: string): Promise<readonly (readonly ColouredText[])[] | null>;
  /** The person decided on parts; resolves to a sentence if the server refuses it. */
  decide(hunks: readonly number[], action: 'accept' | 'reject'): Promise<string | null>;
  /** The last part was decided, or the editor shows another text. */
  closed(): void;
}

/**
 * A change set in an editor: the lines that it removes and adds, with a choice for each part and for all. It edits
 * nothing: the server makes the edit of an accepted part, in which what others typed meanwhile stays.
 */
export class ProposedChange {
  private readonly bar: monaco.editor.IOverlayWidget;
  private readonly status = h('span', { class: 'qide-change-status', role: 'status' });
  private readonly subscriptions: monaco.IDisposable[] = [];
  private hunks: ShownHunk[] = [];
  private isClosed = false;

  /** @param info has proposed parts */
  constructor(
    private readonly editor: Editor,
    private info: ChangeSetInfo,
    private readonly hooks: ProposedChangeHooks,
  ) {
    this.bar = this.createBar();
    this.hunks = info.hunks.filter(({ state }) => state === 'proposed').map((hunk) => this.createHunk(hunk));
    editor.addOverlayWidget(this.bar);
    this.subscriptions.push(
      editor.onDidChangeModel(() => this.close()),
      editor.onDidDispose(() => this.close()),
      editor.onDidChangeModelContent(() => this.followText()),
    );
    this.showCount();
  }

  get changeSet(): string {
    return this.info.changeSet;
  }

  get path(): string {
    return this.info.path;
  }

  /** Shows the first part, with the focus at the choice. */
  focus(): void {
    const [first] = this.hunks;
    const range = first && this.editor.getModel()?.getDecorationRange(first.decorations[0]!);
    if (range) this.editor.revealLineInCenterIfOutsideViewport(range.startLineNumber);
    this.bar.getDomNode().querySelector('button')?.focus();
  }

  /** The server reported a decision: parts that are not proposed any more disappear. */
  update(info: ChangeSetInfo): void {
    this.info = info;
    const open = partsIn(info, 'proposed');
    for (const hunk of this.hunks) if (!open.includes(hunk.number)) this.remove(hunk);
    this.hunks = this.hunks.filter(({ number }) => open.includes(number));
    if (this.hunks.length > 0) return this.showCount();
    const hadFocus = this.bar.getDomNode().contains(document.activeElement);
    this.close();
    if (hadFocus) this.editor.focus();
  }

  /** Removes it from the editor; what is not decided stays proposed. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const hunk of this.hunks) this.remove(hunk);
    this.editor.removeOverlayWidget(this.bar);
    for (const subscription of this.subscriptions) subscription.dispose();
    this.hooks.closed();
  }

  private async decide(hunks: readonly number[], action: 'accept' | 'reject'): Promise<void> {
    const problem = await this.hooks.decide(hunks, action);
    if (problem !== null) this.say(problem);
  }

  private remove({ zones, widget, decorations }: ShownHunk): void {
    this.editor.changeViewZones((accessor) => zones.forEach((zone) => accessor.removeZone(zone)));
    this.editor.removeContentWidget(widget);
    this.editor.getModel()?.deltaDecorations([...decorations], []);
  }

  private createHunk({ number, line, before, after }: ChangeSetInfoHunk): ShownHunk {
    const model = this.editor.getModel()!;
    const [old, wanted] = [before.split('\n'), after.split('\n')];
    const found = lineOf(model.getLinesContent(), old, line);
    // Somebody changed the lines since they were read: only what is added can be shown.
    const base = found ?? Math.min(line, model.getLineCount() - 1);
    const last = found === null ? base + 1 : base + old.length;
    const decorations = model.deltaDecorations([], [{ range: new monaco.Range(base + 1, 1, last, model.getLineMaxColumn(last)), options: { stickiness: STICKINESS } }]);
    const zones: string[] = [];
    if (found === null) zones.push(this.createZone(wanted, last));
    else for (const change of changesOf(old, wanted)) this.showChange(change, base, wanted, { decorations, zones });
    const isTouched = matchMedia('(pointer: coarse)').matches;
    if (isTouched) zones.push(this.createGap(last));
    const widget = this.createWidget(number, decorations[0]!, isTouched);
    this.editor.addContentWidget(widget);
    return { number, decorations, zones, widget };
  }

  private showChange({ original, modified, innerChanges }: DetailedLineRangeMapping, base: number, wanted: readonly string[], into: { decorations: string[]; zones: string[] }): void {
    const model = this.editor.getModel()!;
    const decorate = (range: monaco.Range, options: monaco.editor.IModelDecorationOptions) => into.decorations.push(...model.deltaDecorations([], [{ range, options: { stickiness: STICKINESS, ...options } }]));
    const end = base + original.endLineNumberExclusive - 1;
    if (!original.isEmpty) decorate(new monaco.Range(base + original.startLineNumber, 1, end, model.getLineMaxColumn(end)), { isWholeLine: true, className: 'qide-change-removed' });
    for (const { originalRange: inner } of innerChanges ?? []) {
      decorate(new monaco.Range(base + inner.startLineNumber, inner.startColumn, base + inner.endLineNumber, inner.endColumn), { className: 'qide-change-removed-text' });
    }
    const added = wanted.slice(modified.startLineNumber - 1, modified.endLineNumberExclusive - 1);
    if (added.length > 0) into.zones.push(this.createZone(added, end));
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
      id = zones.addZone({ afterLineNumber, heightInLines: added.length, ordinal: 1, domNode });
    });
    return id;
  }

  /** A row between the removed and the added lines, in which buttons cover no text. */
  private createGap(afterLineNumber: number): string {
    let id = '';
    this.editor.changeViewZones((zones) => {
      id = zones.addZone({ afterLineNumber, heightInPx: TOUCH_ROW_PIXELS, ordinal: 0, domNode: h('div') });
    });
    return id;
  }

  private createWidget(number: number, anchor: string, isBelow: boolean): monaco.editor.IContentWidget {
    const button = (label: string, word: string, action: 'accept' | 'reject') => h('button', { type: 'button', title: label, 'aria-label': label, onclick: () => void this.decide([number], action) }, word);
    const node = h('div', { class: `qide-change-part${isBelow ? ' is-below' : ''}` }, button('Accept this part', '✓', 'accept'), button('Reject this part', '✗', 'reject'));
    return {
      getId: () => `qide.change.${number}`,
      getDomNode: () => node,
      getPosition: () => {
        const model = this.editor.getModel();
        const range = model?.getDecorationRange(anchor);
        if (!model || !range) return null;
        const lineNumber = isBelow ? range.endLineNumber : range.startLineNumber;
        const { BELOW, EXACT } = monaco.editor.ContentWidgetPositionPreference;
        return { position: { lineNumber, column: model.getLineMaxColumn(lineNumber) }, preference: [isBelow ? BELOW : EXACT] };
      },
    };
  }

  private followText(): void {
    for (const { widget } of this.hunks) this.editor.layoutContentWidget(widget);
  }

  private createBar(): monaco.editor.IOverlayWidget {
    const button = (label: string, keys: string, className: string, action: 'accept' | 'reject') => h('button', { type: 'button', class: className, title: `${label} (${keys})`, onclick: () => void this.decide([], action) }, label);
    const node = h(
      'div',
      { class: 'qide-change-bar', role: 'group', 'aria-label': 'Proposed change', onkeydown: (event: KeyboardEvent) => this.pressed(event) },
      this.status,
      button('Accept', 'Ctrl+Enter', '', 'accept'),
      button('Reject', 'Escape', 'is-secondary', 'reject'),
    );
    return { getId: () => 'qide.change', getDomNode: () => node, getPosition: () => ({ preference: monaco.editor.OverlayWidgetPositionPreference.BOTTOM_RIGHT_CORNER }) };
  }

  private pressed(event: KeyboardEvent): void {
    const isAccept = event.key === 'Enter' && (event.ctrlKey || event.metaKey);
    if (!isAccept && event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    void this.decide([], isAccept ? 'accept' : 'reject');
  }

  private showCount(): void {
    const parts = this.hunks.length;
    this.say(`${parts === 1 ? 'One change' : `${parts} changes`} by ${this.info.agent}`);
  }

  private say(sentence: string): void {
    this.status.textContent = sentence;
  }
}

function changesOf(old: readonly string[], wanted: readonly string[]): readonly DetailedLineRangeMapping[] {
  const options = { ignoreTrimWhitespace: false, maxComputationTimeMs: DIFF_MILLISECONDS, computeMoves: false };
  return linesDiffComputers.getDefault().computeDiff([...old], [...wanted], options).changes;
}
