import * as vscode from 'vscode';

/**
 * Shows a moved file in place of the document at its old path, whose edits the new one has; what a person looks at stays in front.
 *
 * @param taken called before VS Code reads the old path again, if another file has it now
 */
export async function replaceEditors(old: vscode.TextDocument, target: vscode.Uri, taken: () => void): Promise<void> {
  const wasActive = vscode.window.activeTextEditor?.document === old;
  for (const tab of tabsOf(old.uri)) {
    const isTaken = old.isDirty && (await hasFile(old.uri));
    const { group } = tab;
    const { viewColumn, isActive, activeTab: inFront } = group;
    const isShown = tab.isActive;
    const { isDirty } = old;
    const selection = vscode.window.visibleTextEditors.find((editor) => editor.document === old && editor.viewColumn === viewColumn)?.selection;
    // VS Code asks before it closes a tab with edits that it has not saved, and reverts only the active editor.
    if (!isDirty) await vscode.window.tabGroups.close(tab, true);
    else if (isShown && isActive) {
      if (isTaken) taken();
      await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    }
    const options = { viewColumn, preserveFocus: !(wasActive && isActive), preview: tab.isPreview, ...(selection && { selection }) };
    // A tab in the background reads its file when it is shown. Edits that are not saved need a document that is open.
    if (isShown || isDirty) await vscode.window.showTextDocument(target, options);
    else await vscode.commands.executeCommand('vscode.open', target, { ...options, background: true });
    // It came to the front, as each tab does in Theia.
    if (!isShown && shows(group.activeTab, target) && inFront?.input instanceof vscode.TabInputText) {
      await vscode.window.showTextDocument(inFront.input.uri, { viewColumn, preserveFocus: true, preview: inFront.isPreview });
    }
  }
  // One of them was reverted after others that show the same edits.
  const left = old.isDirty ? [] : tabsOf(old.uri);
  if (left.length > 0) await vscode.window.tabGroups.close(left, true);
}

/** Whether there may be a file. */
async function hasFile(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch (error) {
    return !(error instanceof vscode.FileSystemError && error.code === 'FileNotFound');
  }
}

/** The tabs that show a document. */
export function tabsOf(uri: vscode.Uri): vscode.Tab[] {
  return vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter((tab) => shows(tab, uri));
}

function shows(tab: vscode.Tab | undefined, uri: vscode.Uri): boolean {
  return tab?.input instanceof vscode.TabInputText && tab.input.uri.toString() === uri.toString();
}
