import { ApiError } from '@qide/client';
import * as vscode from 'vscode';
import { type FilesApi } from '../api.js';
import { treeRefusal } from '../refusals.js';
import { chooseFiles } from './choose-files.js';

/** How long a download's address is valid; the browser has begun to save it by then. */
const ADDRESS_MILLISECONDS = 60_000;

/** Registers the commands that download the workspace as a zip file, and merge one into it. */
export function registerZipCommands(api: FilesApi, treeChanged: () => void): void {
  const register = (command: string, run: () => Promise<void>) =>
    vscode.commands.registerCommand(command, () => run().catch((error: unknown) => vscode.window.showErrorMessage(sentenceOf(error))));
  register('qide.downloadZip', async () => save(await api.downloadAll(), `${api.workspace}.zip`));
  register('qide.mergeZip', async () => {
    const [archive] = await chooseFiles({ accept: '.zip,application/zip' });
    if (!archive) return;
    const { created, changed, unchanged, skipped } = await api.mergeZip(archive);
    treeChanged();
    const left = skipped.length === 0 ? '' : ` Left out because of the ignore list: ${skipped.join(', ')}.`;
    void vscode.window.showInformationMessage(`${archive.name} is merged: ${created} new, ${changed} changed, ${unchanged} unchanged.${left}`);
  });
}

function save(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), ADDRESS_MILLISECONDS);
}

function sentenceOf(error: unknown): string {
  if (error instanceof ApiError) return treeRefusal(error, 'The zip file');
  return error instanceof Error ? error.message : String(error);
}
