import * as vscode from 'vscode';

/** Shows a moved file in place of the document at its old path, whose edits the new one has. */
export async function replaceEditors(old: vscode.TextDocument, target: vscode.Uri): Promise<void> {
  const wasActive = vscode.window.activeTextEditor?.document === old;
  for (const tab of tabsOf(old.uri)) {
    const { viewColumn, isActive } = tab.group;
    const isShown = tab.isActive;
    const selection = vscode.window.visibleTextEditors.find((editor) => editor.document === old && editor.viewColumn === viewColumn)?.selection;
    // VS Code asks before it closes a tab with edits that it has not saved, and reverts only the active editor.
    if (!old.isDirty) await vscode.window.tabGroups.close(tab, true);
    else if (isShown && isActive) await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await vscode.window.showTextDocument(target, { viewColumn, preserveFocus: !(wasActive && isActive), preview: tab.isPreview, ...(selection && { selection }) });
  }
}

function tabsOf(uri: vscode.Uri): vscode.Tab[] {
  return vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri.toString());
}
