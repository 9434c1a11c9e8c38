import type { PathMatches, SearchResult, WorkspaceFiles } from '@qide/client';
import * as vscode from 'vscode';

/** The longest text that the server looks for, in characters. */
const TEXT_CHARACTERS = 200;
/** The delay between a keystroke and the request to the server. */
const TYPED_MILLISECONDS = 150;

interface Row extends vscode.QuickPickItem {
  readonly path: string;
  /** From 0; null for the file itself. */
  readonly line: number | null;
}

/**
 * Finds files by their path and lines by their text, by the server. VS Code's own “Go to File” and its search view need
 * providers whose API is only proposed: they do not find files of a workspace that is not on this machine.
 */
export class Find {
  constructor(
    private readonly files: WorkspaceFiles,
    private readonly uriOf: (path: string) => vscode.Uri,
  ) {}

  goToFile(): void {
    this.show('Go to File', 'A part of its path', async (text) => rowsOfPaths(await this.files.paths(text)));
  }

  searchText(): void {
    const { activeTextEditor } = vscode.window;
    const selected = activeTextEditor?.document.getText(activeTextEditor.selection) ?? '';
    this.show('Search in Files', 'Text to find', async (text) => (text === '' ? [] : rowsOfMatches(await this.files.search({ text }))), selected.includes('\n') ? '' : selected);
  }

  private show(title: string, placeholder: string, find: (text: string) => Promise<readonly Row[]>, value = ''): void {
    const pick = vscode.window.createQuickPick<Row>();
    Object.assign(pick, { title, placeholder, value });
    // The server's order is kept, and all its rows are shown.
    pick.matchOnDescription = true;
    pick.matchOnDetail = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let latest = 0;
    const ask = async () => {
      const asked = (latest += 1);
      pick.busy = true;
      try {
        const rows = await find(pick.value.slice(0, TEXT_CHARACTERS));
        if (asked === latest) pick.items = rows;
      } catch (error) {
        if (asked === latest) pick.items = [{ label: (error as Error).message, path: '', line: null, alwaysShow: true }];
      }
      if (asked === latest) pick.busy = false;
    };
    pick.onDidChangeValue(() => {
      clearTimeout(timer);
      timer = setTimeout(() => void ask(), TYPED_MILLISECONDS);
    });
    pick.onDidAccept(() => {
      const [row] = pick.selectedItems;
      pick.hide();
      if (row && row.path !== '') void this.reveal(row);
    });
    pick.onDidHide(() => {
      clearTimeout(timer);
      latest += 1;
      pick.dispose();
    });
    pick.show();
    void ask();
  }

  private async reveal({ path, line }: Row): Promise<void> {
    const at = new vscode.Position(line ?? 0, 0);
    await vscode.window.showTextDocument(this.uriOf(path), line === null ? {} : { selection: new vscode.Range(at, at) });
  }
}

function rowsOfPaths({ paths }: PathMatches): Row[] {
  return paths.map((path) => {
    const slash = path.lastIndexOf('/');
    return { label: path.slice(slash + 1), description: path.slice(0, Math.max(0, slash)), path, line: null, alwaysShow: true };
  });
}

function rowsOfMatches({ matches }: SearchResult): Row[] {
  return matches.map(({ path, line, text }) => ({ label: text.trim(), description: `${path}:${line + 1}`, path, line, alwaysShow: true }));
}
