import { ApiError, type TextFormat } from '@qide/client';
import { getService, IStatusbarService } from '@codingame/monaco-vscode-api';
import * as vscode from 'vscode';
import type { FilesApi } from '../api.js';
import type { WorkspaceUris } from '../workspace-uri.js';

/** The workbench's items, which know only the shared text: UTF-8 with LF. */
const REPLACED = ['status.editor.encoding', 'status.editor.eol'];
/** The position among the items on the right: that of the workbench's item for the encoding. */
const PRIORITY = 100.3;
/** The name of an encoding in VS Code. */
const ENCODINGS: Readonly<Record<string, string>> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16 LE',
  'utf-16be': 'UTF-16 BE',
  'iso-8859-1': 'ISO 8859-1',
  'windows-1252': 'Windows 1252',
};

interface Shown {
  readonly path: string | null;
  format: TextFormat | null;
}

/** The encoding and the line ends that the shown file has on disk, in the status bar. */
export class TextFormatItem {
  private readonly item = vscode.window.createStatusBarItem('format', vscode.StatusBarAlignment.Right, PRIORITY);
  /** The file that is shown, and its format when it is known. */
  private shown: Shown = { path: null, format: null };

  constructor(
    private readonly api: FilesApi,
    private readonly uris: WorkspaceUris,
  ) {
    this.item.name = 'Encoding and Line Ends';
  }

  async start(): Promise<void> {
    const statusBar = await getService(IStatusbarService);
    for (const id of REPLACED) statusBar.updateEntryVisibility(id, false);
    vscode.window.onDidChangeActiveTextEditor(() => void this.update());
    await this.update();
  }

  /** Another editor is active, or the file may have another format. */
  private async update(): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    const path = editor ? this.uris.pathOf(editor.document.uri) : null;
    const isSame = path === this.shown.path;
    if (!isSame) this.item.hide();
    const shown: Shown = { path, format: isSame ? this.shown.format : null };
    this.shown = shown;
    const format = path === null ? null : await this.read(path);
    if (format === null || this.shown !== shown) return;
    shown.format = format;
    const encoding = nameOf(format);
    const lineEnd = format.lineEnd.toUpperCase();
    this.item.text = `${encoding} ${lineEnd}`;
    this.item.tooltip = `On disk the file has ${encoding} and ${lineEnd} line ends, and keeps them.`;
    this.item.show();
  }

  /** The text of a document was written to its file, in UTF-8 if the file's encoding lacks a character. */
  async written(path: string): Promise<void> {
    const before = this.shown.path === path ? this.shown.format : null;
    if (!before || before.encoding === 'utf-8') return;
    await this.update();
    const { format } = this.shown;
    if (this.shown.path !== path || !format || format.encoding === before.encoding) return;
    void vscode.window.showInformationMessage(`${path} is stored as ${nameOf(format)} now: ${nameOf(before)} lacks a character of its text.`);
  }

  /** A file was changed by somebody else or a tool. */
  async changed(path: string): Promise<void> {
    if (this.shown.path === path) await this.update();
  }

  /** Null if the file has no format, for instance since it was deleted. */
  private async read(path: string): Promise<TextFormat | null> {
    try {
      return await this.api.textFormat(path);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return null;
    }
  }
}

function nameOf({ encoding, hasByteOrderMark }: TextFormat): string {
  return `${ENCODINGS[encoding] ?? encoding}${encoding === 'utf-8' && hasByteOrderMark ? ' with BOM' : ''}`;
}
