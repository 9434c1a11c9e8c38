import { ApiError } from '@qide/client';
import type * as monaco from '@codingame/monaco-vscode-editor-api';
import { type FilesApi } from '../api.js';

/** Indents a text as its project wants: by `.editorconfig`, and by what its language needs. Without an answer the editor's own choice stays. */
export async function applyFormattingStyle(api: FilesApi, path: string, model: monaco.editor.ITextModel): Promise<void> {
  try {
    const { tabSize, insertSpaces } = await api.style(path);
    if (model.isDisposed()) return;
    const apply = () =>
      model.updateOptions({
        ...(tabSize === undefined ? {} : { tabSize, indentSize: tabSize }),
        ...(insertSpaces === undefined ? {} : { insertSpaces }),
      });
    apply();
    // The workbench applies its own choice for a new language.
    model.onDidChangeLanguage(() => queueMicrotask(() => model.isDisposed() || apply()));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}
