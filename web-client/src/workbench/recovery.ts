import { ApiError } from '@qide/client';
import { FileChangeType } from '@codingame/monaco-vscode-files-service-override';
import * as vscode from 'vscode';
import { treeRefusal } from '../refusals.js';
import { textWith } from '../text/earlier-edits.js';
import type { OfflineDocument } from '../text/offline-edits.js';
import type { Workspace } from './workspace.js';

const KEEP = 'Keep It as a Copy';
const SHOW = 'Show the Text';
const DISCARD = 'Discard It';

/**
 * Opens the files with edits that an earlier visit could not send, which sends them; where they are now, if they were
 * moved. What cannot be sent or stored stays in the browser.
 */
export async function sendOfflineEdits(workspace: Workspace): Promise<void> {
  for (const path of await workspace.files.offlinePaths()) {
    await sendEditsOf(workspace, path).catch((error: unknown) => warnAbout(path, sentenceOf(error, path)));
  }
}

async function sendEditsOf(workspace: Workspace, path: string): Promise<void> {
  const { files, fileList } = workspace;
  const now = await files.followOfflineEdits(path);
  if (now === null) {
    // If another text is at the path of a document that has ended, opening that one offers the edits as a copy.
    if (!(await fileList.get(path)) || !(await isShared(workspace, path))) await copyEditsOf(workspace, path);
    return;
  }
  if (!(await isShared(workspace, now))) return warnAbout(now, files.get(now)?.state.refusal ?? 'the file cannot be opened.');
  const isReadOnly = files.get(now)?.state.isReadOnly ?? false;
  const fate = isReadOnly ? 'are kept in this browser: you may only read it now.' : 'are being saved.';
  void vscode.window.showInformationMessage(`Edits to ${now} from your last visit ${fate}`);
}

/** A text has no path any more, or is not the text of its path: says so, and offers what can be done. */
export async function textReplaced(workspace: Workspace, path: string, copy: OfflineDocument | null): Promise<void> {
  if (copy !== null) return offerCopy(workspace, path, copy, `Another file is at ${path} now. Your text is not in it.`);
  const answer = await vscode.window.showWarningMessage(`${path} was deleted or moved. Its text exists only on this page.`, 'Create the File Again');
  if (answer !== undefined) await vscode.workspace.save(vscode.Uri.from(workspace.uris.of(path)));
}

/** Stores the edits of a path whose document has ended as a copy. */
async function copyEditsOf(workspace: Workspace, path: string): Promise<void> {
  const edits = await workspace.files.takeOfflineEdits(path);
  if (edits === null) return;
  try {
    const copy = await workspace.files.storeCopy(path, edits);
    void vscode.window.showInformationMessage(`A file that you had changed was deleted: your text is in ${copy}.`);
  } catch (error) {
    void offerAgain(workspace, path, edits, error);
  }
}

/** Offers a text as a copy beside its path. The browser keeps it until the person has decided. */
async function offerCopy(workspace: Workspace, path: string, edits: OfflineDocument, sentence: string, ...more: string[]): Promise<void> {
  const { files, fileSystem } = workspace;
  const answer = await vscode.window.showWarningMessage(sentence, KEEP, ...more, DISCARD);
  if (answer === DISCARD) return files.discard(edits);
  if (answer === SHOW) await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: textWith(edits) }));
  if (answer !== KEEP) return;
  let copy: string;
  try {
    copy = await files.storeCopy(path, edits);
  } catch (error) {
    return offerAgain(workspace, path, edits, error);
  }
  fileSystem.changed([{ path: copy, type: FileChangeType.ADDED }]);
  await isShared(workspace, copy);
}

function offerAgain(workspace: Workspace, path: string, edits: OfflineDocument, error: unknown): Promise<void> {
  const sentence = `Your text of ${path} could not be stored as a copy. ${sentenceOf(error, path)}`;
  return offerCopy(workspace, path, edits, sentence, SHOW);
}

/** Opens a file as text; returns whether its document is shared. */
async function isShared({ files, uris }: Workspace, path: string): Promise<boolean> {
  try {
    await vscode.window.showTextDocument(vscode.Uri.from(uris.of(path)), { preview: false });
  } catch {
    return false;
  }
  return (await files.get(path)?.ready) ?? false;
}

function warnAbout(path: string, sentence: string): void {
  void vscode.window.showWarningMessage(`Edits to ${path} from your last visit are kept in this browser: ${sentence}`);
}

function sentenceOf(error: unknown, path: string): string {
  return error instanceof ApiError ? treeRefusal(error, path) : String(error);
}
