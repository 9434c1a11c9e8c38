// The CodeMirror editor of @qide/client's examples: `node codemirror.mjs ADDRESS TOKEN WORKSPACE`.
import { editTogether } from './editor-session.mjs';

await editTogether(
  { entryPoints: { page: 'codemirror-page.mjs' } },
  { content: '.cm-content', mistake: '.cm-lintRange-error', completion: '.cm-tooltip-autocomplete li', caret: '.cm-ySelectionCaret', caretField: 'cursor' },
);
