import { SCHEME } from 'qide-vscode/schemes.js';
import { URI } from '@codingame/monaco-vscode-api/vscode/vs/base/common/uri';

/** Paths in one workspace as the workbench names them: `src/a b.py` ↔ `qide:/demo/src/a%20b.py`. */
export class WorkspaceUris {
  constructor(readonly workspace: string) {}

  get root(): URI {
    return this.of('');
  }

  of(path: string): URI {
    return URI.from({ scheme: SCHEME, path: path === '' ? `/${this.workspace}` : `/${this.workspace}/${path}` });
  }

  /** The path in the workspace, empty for its root; null for any other URI. */
  pathOf(uri: { readonly scheme: string; readonly path: string }): string | null {
    const root = `/${this.workspace}`;
    if (uri.scheme !== SCHEME || (uri.path !== root && !uri.path.startsWith(`${root}/`))) return null;
    return uri.path.slice(root.length + 1).replace(/\/+$/, '');
  }
}
