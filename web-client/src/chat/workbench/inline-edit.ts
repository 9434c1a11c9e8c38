import * as monaco from '@codingame/monaco-vscode-editor-api';
import type { ChatResult, ConversationHistory } from '@qide/client';
import * as vscode from 'vscode';
import { h } from 'qide-vscode/dom.js';
import type { ChatTransport } from 'qide-vscode/chat/chat-host.js';
import { newId } from 'qide-vscode/chat/conversation.js';
import { codeOf, editPrompt } from 'qide-vscode/chat/edit-prompt.js';
import { chatFailure } from 'qide-vscode/chat/failures.js';
import { placed } from 'qide-vscode/chat/placement.js';
import type { Changes, FileEditor } from './changes.js';

const HINT = 'Enter asks the model, Escape closes.';
const CHANGED = 'Somebody has changed these lines in the meantime. Ask again.';
/** A longer file is not sent with the lines to change. */
const FILE_CHARACTERS = 200_000;

/** Lines from 1; `end` is the last one. An insertion has no lines: `end` is before `start`. */
interface Lines {
  readonly start: number;
  readonly end: number;
}

export interface InlineEditHooks {
  /** The model that the person chose for chat; null for the default. */
  model(): string | null;
  /** The field was closed. */
  closed(): void;
}

/**
 * A field at the caret: the person describes a change of the selected lines, of the function around the caret, or new
 * code for an empty line; the answer is shown as a change to accept or reject.
 *
 * The question is a conversation of its own, which is deleted when it has ended.
 */
export class InlineEdit {
  private readonly field = h('textarea', { rows: '1', 'aria-label': 'Describe the change', placeholder: 'Describe the change' });
  private readonly button = h('button', { type: 'button', onclick: () => this.act() }, 'Ask');
  private readonly status = h('p', { role: 'status' }, HINT);
  private readonly widget: monaco.editor.IContentWidget;
  private readonly changing: monaco.editor.IEditorDecorationsCollection;
  private stopping: AbortController | null = null;
  private conversation: string | null = null;
  private isClosed = false;

  static async open(file: FileEditor, transport: ChatTransport, changes: Changes, hooks: InlineEditHooks): Promise<InlineEdit> {
    return new InlineEdit(file, await linesToChange(file), transport, changes, hooks);
  }

  private constructor(
    private readonly file: FileEditor,
    private readonly lines: Lines,
    private readonly transport: ChatTransport,
    private readonly changes: Changes,
    private readonly hooks: InlineEditHooks,
  ) {
    const { editor, model } = file;
    this.changing = editor.createDecorationsCollection(lines.end < lines.start ? [] : [{ range: wholeLines(model, lines), options: { isWholeLine: true, className: 'selected-text', stickiness: monaco.editor.TrackedRangeStickiness.NeverGrowsWhenTypingAtEdges } }]);
    const node = h('div', { class: 'qide-inline-edit', role: 'group', 'aria-label': 'Change by a model', onkeydown: (event: KeyboardEvent) => this.pressed(event) }, this.field, this.status, this.button);
    const position = { lineNumber: Math.max(1, lines.start), column: 1 };
    const { ABOVE, BELOW } = monaco.editor.ContentWidgetPositionPreference;
    this.widget = { getId: () => 'qide.inlineEdit', getDomNode: () => node, getPosition: () => ({ position, preference: [ABOVE, BELOW] }), allowEditorOverflow: true };
    editor.addContentWidget(this.widget);
    requestAnimationFrame(() => this.field.focus());
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.stopping?.abort();
    this.changing.clear();
    this.file.editor.removeContentWidget(this.widget);
    this.file.editor.focus();
    this.hooks.closed();
  }

  private act(): void {
    if (this.stopping !== null) return this.stopping.abort();
    const description = this.field.value.trim();
    if (description !== '') void this.ask(description);
  }

  private async ask(description: string): Promise<void> {
    const { model, path } = this.file;
    const base = this.code();
    if (base === null) return this.say(CHANGED);
    const text = model.getValue();
    const prompt = editPrompt({ path, language: model.getLanguageId(), description, code: base, line: this.lines.start });
    const chosen = this.hooks.model();
    const context = text.length > FILE_CHARACTERS ? [] : [{ path, text }];
    const { signal } = (this.stopping = new AbortController());
    const conversation = newId();
    this.conversation = conversation;
    this.button.textContent = 'Stop';
    this.say('The model is writing …');
    try {
      const result = (await this.transport.request('qide/chat', { conversation, create: true, text: prompt, context, ...(chosen === null ? {} : { model: chosen }) }, signal)) as ChatResult;
      const { messages } = (await this.transport.request('qide/conversationHistory', { conversation }, signal)) as ConversationHistory;
      signal.throwIfAborted();
      await this.show(base, codeOf(messages.at(-1)?.text ?? ''), result.model);
    } catch (error) {
      this.say(signal.aborted ? HINT : chatFailure(error).sentence);
    } finally {
      this.stopping = null;
      this.button.textContent = 'Ask';
      this.forget();
    }
  }

  private async show(base: string, code: string, agent: string): Promise<void> {
    const { model } = this.file;
    if (code.trim() === '') return this.say('The model answered without code. Rephrase the change.');
    if (this.code() !== base) return this.say(CHANGED);
    const range = this.changing.getRange(0);
    const start = (range?.startLineNumber ?? this.lines.start) - 1;
    const end = range?.endLineNumber ?? start;
    const changed = placed(model.getValue(), code, { caretLine: start, selection: { start, end } });
    if (changed === model.getValue()) return this.say('The model changed nothing. Rephrase the change.');
    const problem = await this.changes.propose(this.file, changed, agent);
    if (problem !== null) return this.say(problem);
    this.isClosed = true;
    this.changing.clear();
    this.file.editor.removeContentWidget(this.widget);
    this.hooks.closed();
  }

  /** The lines to change as they are now; null when they are gone. */
  private code(): string | null {
    if (this.lines.end < this.lines.start) return '';
    const range = this.changing.getRange(0);
    return range ? this.file.model.getValueInRange(range) : null;
  }

  private forget(): void {
    const { conversation } = this;
    this.conversation = null;
    // What remains without it is a conversation in the list.
    if (conversation !== null) this.transport.request('qide/conversationDelete', { conversation }).catch(() => {});
  }

  private pressed(event: KeyboardEvent): void {
    event.stopPropagation();
    const isAsk = event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.target === this.field;
    if (!isAsk && event.key !== 'Escape') return;
    event.preventDefault();
    if (isAsk) this.act();
    else this.close();
  }

  private say(sentence: string): void {
    this.status.textContent = sentence;
  }
}

/** The selected lines, else the innermost symbol around the caret, else its line; nothing for an empty line. */
async function linesToChange({ editor, model }: FileEditor): Promise<Lines> {
  const selection = editor.getSelection() ?? new monaco.Selection(1, 1, 1, 1);
  if (!selection.isEmpty()) return { start: selection.startLineNumber, end: selection.endLineNumber - (selection.endColumn === 1 ? 1 : 0) };
  const line = selection.positionLineNumber;
  if (model.getLineContent(line).trim() === '') return { start: line, end: line - 1 };
  const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>('vscode.executeDocumentSymbolProvider', model.uri).then(
    (found) => found ?? [],
    () => [],
  );
  const around = innermost(symbols, line - 1);
  return around ?? { start: line, end: line };
}

function innermost(symbols: readonly vscode.DocumentSymbol[], line: number): Lines | null {
  for (const { range, children } of symbols) {
    if (!range || line < range.start.line || line > range.end.line) continue;
    return innermost(children ?? [], line) ?? { start: range.start.line + 1, end: range.end.line + (range.end.character === 0 && range.end.line > range.start.line ? 0 : 1) };
  }
  return null;
}

function wholeLines(model: monaco.editor.ITextModel, { start, end }: Lines): monaco.Range {
  return new monaco.Range(start, 1, end, model.getLineMaxColumn(end));
}
