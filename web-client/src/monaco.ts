// The Monaco editor: the parts in use, and the themes.

import * as monaco from 'monaco-editor/editor/editor.api.js';
import 'monaco-editor/features/register.all.js';
import 'monaco-editor/languages/definitions/cpp/register.js';
import 'monaco-editor/languages/definitions/css/register.js';
import 'monaco-editor/languages/definitions/dockerfile/register.js';
import 'monaco-editor/languages/definitions/go/register.js';
import 'monaco-editor/languages/definitions/html/register.js';
import 'monaco-editor/languages/definitions/ini/register.js';
import 'monaco-editor/languages/definitions/java/register.js';
import 'monaco-editor/languages/definitions/javascript/register.js';
import 'monaco-editor/languages/definitions/markdown/register.js';
import 'monaco-editor/languages/definitions/python/register.js';
import 'monaco-editor/languages/definitions/rust/register.js';
import 'monaco-editor/languages/definitions/scss/register.js';
import 'monaco-editor/languages/definitions/shell/register.js';
import 'monaco-editor/languages/definitions/sql/register.js';
import 'monaco-editor/languages/definitions/typescript/register.js';
import 'monaco-editor/languages/definitions/xml/register.js';
import 'monaco-editor/languages/definitions/yaml/register.js';
import EditorWorker from 'monaco-editor/editor/editor.worker.js?worker';

export { monaco };

/** Below this width the page is laid out for a phone. */
export const PHONE_PIXELS = 600;

globalThis.MonacoEnvironment = { getWorker: () => new EditorWorker() };

// When Monaco cancels its own work it leaves rejected promises unhandled; that is not an error.
addEventListener('unhandledrejection', (event) => {
  if ((event.reason as Error | undefined)?.name === 'Canceled') event.preventDefault();
});

// Stub files of Python's libraries, which definitions point to.
monaco.languages.register({ id: 'python', extensions: ['.pyi'] });
monaco.languages.register({ id: 'json', extensions: ['.json', '.jsonc'], aliases: ['JSON'] });
monaco.languages.setMonarchTokensProvider('json', {
  tokenizer: {
    root: [
      [/"(?:[^"\\]|\\.)*"(?=\s*:)/, 'string.key.json'],
      [/"(?:[^"\\]|\\.)*"/, 'string.value.json'],
      [/-?\d+(\.\d+)?([eE][+-]?\d+)?/, 'number.json'],
      [/\b(?:true|false|null)\b/, 'keyword.json'],
      [/\/\/.*$/, 'comment.line.json'],
    ],
  },
});

monaco.editor.defineTheme('qide-light', {
  base: 'vs',
  inherit: true,
  rules: [
    { token: 'comment', foreground: '6f7a72', fontStyle: 'italic' },
    { token: 'keyword', foreground: '8a3b7c' },
    { token: 'string', foreground: '2f6f5e' },
    { token: 'number', foreground: '9a5b13' },
    { token: 'type', foreground: '2a5f9e' },
  ],
  colors: {
    'editor.background': '#fdfdfb',
    'editor.foreground': '#23282e',
    'editorLineNumber.foreground': '#a3a8a2',
    'editorLineNumber.activeForeground': '#4b524c',
    'editor.lineHighlightBackground': '#f3f4ef',
    'editor.lineHighlightBorder': '#00000000',
    'editor.selectionBackground': '#cfe3da',
    'editorGhostText.foreground': '#6b736d',
    'editorWidget.background': '#ffffff',
    'editorWidget.border': '#dcded7',
    'editorSuggestWidget.selectedBackground': '#dfebe5',
    'editorSuggestWidget.selectedForeground': '#23282e',
    'editorSuggestWidget.selectedIconForeground': '#23282e',
    'editorSuggestWidget.highlightForeground': '#2f6f5e',
    'editorSuggestWidget.focusHighlightForeground': '#2f6f5e',
    'editor.wordHighlightBackground': '#e9ece3',
    'editor.wordHighlightStrongBackground': '#dde8df',
    'editor.wordHighlightTextBackground': '#eef0ea',
    'editorBracketHighlight.foreground1': '#4b524c',
    'editorBracketHighlight.foreground2': '#2f6f5e',
    'editorBracketHighlight.foreground3': '#8a3b7c',
    focusBorder: '#2f6f5e',
  },
});
monaco.editor.defineTheme('qide-dark', {
  base: 'vs-dark',
  inherit: true,
  rules: [
    { token: 'comment', foreground: '7f8a86', fontStyle: 'italic' },
    { token: 'keyword', foreground: 'd5a6e6' },
    { token: 'string', foreground: '9fd3b4' },
    { token: 'number', foreground: 'e5b567' },
    { token: 'type', foreground: '8fbdf0' },
  ],
  colors: {
    'editor.background': '#1b1e24',
    'editor.foreground': '#dfe3e6',
    'editorLineNumber.foreground': '#5c636d',
    'editorLineNumber.activeForeground': '#aab2bb',
    'editor.lineHighlightBackground': '#22262d',
    'editor.lineHighlightBorder': '#00000000',
    'editor.selectionBackground': '#2f4f47',
    'editorGhostText.foreground': '#8b939c',
    'editorWidget.background': '#22262d',
    'editorWidget.border': '#363c46',
    'editorSuggestWidget.selectedBackground': '#2b4640',
    'editorSuggestWidget.selectedForeground': '#ffffff',
    'editorSuggestWidget.selectedIconForeground': '#ffffff',
    'editorSuggestWidget.highlightForeground': '#7cc4aa',
    'editorSuggestWidget.focusHighlightForeground': '#a9e2cd',
    'editor.wordHighlightBackground': '#2c323b',
    'editor.wordHighlightStrongBackground': '#2f423d',
    'editor.wordHighlightTextBackground': '#282d35',
    'editorBracketHighlight.foreground1': '#aab2bb',
    'editorBracketHighlight.foreground2': '#7cc4aa',
    'editorBracketHighlight.foreground3': '#d5a6e6',
    focusBorder: '#7cc4aa',
  },
});

const dark = matchMedia('(prefers-color-scheme: dark)');
const narrow = matchMedia(`(max-width: ${PHONE_PIXELS}px)`);

/** Creates the editor of the page; it follows the system's colour scheme and the page's width. */
export function createEditor(host: HTMLElement): monaco.editor.IStandaloneCodeEditor {
  const editor = monaco.editor.create(host, {
    model: null,
    automaticLayout: true,
    theme: themeName(),
    fontFamily: "'JetBrains Mono', 'Cascadia Code', 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
    fontLigatures: false,
    fixedOverflowWidgets: true,
    inlineSuggest: { enabled: true },
    quickSuggestions: { other: true, comments: false, strings: false },
    scrollBeyondLastLine: false,
    smoothScrolling: true,
    renderLineHighlight: 'all',
    padding: { top: 12, bottom: 12 },
    ariaLabel: 'Text of the open file',
    ...widthOptions(),
  });
  dark.addEventListener('change', () => monaco.editor.setTheme(themeName()));
  narrow.addEventListener('change', () => editor.updateOptions(widthOptions()));
  return editor;
}

function themeName(): string {
  return dark.matches ? 'qide-dark' : 'qide-light';
}

function widthOptions(): monaco.editor.IEditorOptions {
  return narrow.matches
    ? { wordWrap: 'on', minimap: { enabled: false }, fontSize: 14, lineHeight: 22, lineNumbersMinChars: 3, folding: false, lineDecorationsWidth: 6 }
    : { wordWrap: 'off', minimap: { enabled: true, renderCharacters: false }, fontSize: 14, lineHeight: 22, lineNumbersMinChars: 4, folding: true, lineDecorationsWidth: 12 };
}
