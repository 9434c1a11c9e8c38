import { FAILURES, RequestError, type DurableTransport } from '@qide/client';
import type { Documents } from './documents.js';
import { monaco } from './monaco.js';
import { uriOfPath } from './paths.js';

/** The pause in typing after which the page requests a completion. */
const PAUSE_MILLISECONDS = 120;

const TRIGGER_INVOKED = 1;
const TRIGGER_AUTOMATIC = 2;

interface InlineItem {
  insertText: string | { kind: 'snippet'; value: string };
  range?: { start: LspPosition; end: LspPosition };
}

interface LspPosition {
  line: number;
  character: number;
}

/**
 * Ghost text by `textDocument/inlineCompletion`. A request that is no longer needed is cancelled at once, so
 * that the model stops generating.
 */
export class GhostText {
  /** Whether the server on the present connection has a model for this. */
  private isSwitchedOn = false;

  constructor(
    private readonly transport: DurableTransport,
    private readonly documents: Documents,
    private readonly report: (sentence: string, isProblem: boolean) => void,
  ) {
    monaco.languages.registerInlineCompletionsProvider(
      { pattern: '**' },
      {
        provideInlineCompletions: (model, position, context, token) => this.provide(model, position, context, token),
        disposeInlineCompletions: () => {},
      },
    );
  }

  /** A new connection is ready, and its server announced whether it has inline completion. */
  switchTo(isSwitchedOn: boolean): void {
    this.isSwitchedOn = isSwitchedOn;
  }

  private async provide(
    model: monaco.editor.ITextModel,
    position: monaco.Position,
    context: monaco.languages.InlineCompletionContext,
    token: monaco.CancellationToken,
  ): Promise<monaco.languages.InlineCompletions> {
    const file = this.documents.byUri(model.uri);
    if (!file || file.state.isReadOnly || !this.isSwitchedOn || !this.transport.isReady) return { items: [] };
    const isInvoked = context.triggerKind === monaco.languages.InlineCompletionTriggerKind.Explicit;
    const version = model.getVersionId();
    if (!isInvoked) await pause(PAUSE_MILLISECONDS);
    if (token.isCancellationRequested || model.isDisposed() || model.getVersionId() !== version) return { items: [] };
    const abort = new AbortController();
    const cancellation = token.onCancellationRequested(() => abort.abort());
    try {
      const params = {
        textDocument: { uri: uriOfPath(file.path) },
        position: { line: position.lineNumber - 1, character: position.column - 1 },
        context: { triggerKind: isInvoked ? TRIGGER_INVOKED : TRIGGER_AUTOMATIC },
      };
      const result = await this.transport.request('textDocument/inlineCompletion', params, abort.signal);
      return { items: toMonaco(result, position) };
    } catch (error) {
      if (error instanceof RequestError) this.failed(error);
      return { items: [] };
    } finally {
      cancellation.dispose();
    }
  }

  private failed(error: RequestError): void {
    if (error.code === FAILURES['model-not-configured'] || error.code === FAILURES['method-not-found']) {
      this.isSwitchedOn = false;
    } else if (error.code === FAILURES['model-unavailable']) {
      this.report('The model for inline completion did not answer. Type on to try again.', true);
    }
  }
}

function toMonaco(result: unknown, position: monaco.Position): monaco.languages.InlineCompletion[] {
  const items = Array.isArray(result) ? result : ((result as { items?: unknown[] } | null)?.items ?? []);
  return (items as InlineItem[]).map(({ insertText, range }) => ({
    insertText: typeof insertText === 'string' ? insertText : { snippet: insertText.value },
    range: range
      ? new monaco.Range(range.start.line + 1, range.start.character + 1, range.end.line + 1, range.end.character + 1)
      : monaco.Range.fromPositions(position),
  }));
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
