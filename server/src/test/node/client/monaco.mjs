// The Monaco editor of @qide/client's examples, with y-monaco and Monaco's own language client: `node monaco.mjs ADDRESS TOKEN WORKSPACE`.
import { editTogether } from './editor-session.mjs';

await editTogether(
  {
    entryPoints: { page: 'monaco-page.mjs', 'editor-worker': 'monaco-editor/editor/editor.worker.js' },
    // y-monaco names a module by its path in earlier versions of Monaco.
    alias: { 'monaco-editor/esm/vs/editor/editor.api.js': 'monaco-editor/editor/editor.api.js' },
    loader: { '.ttf': 'dataurl' },
  },
  { content: '.monaco-editor .view-lines', mistake: '.squiggly-error', completion: '.suggest-widget.visible .monaco-list-row', caret: '.yRemoteSelectionHead', caretField: 'selection', isAskedByTyping: true, throwsLostRequests: true },
);
