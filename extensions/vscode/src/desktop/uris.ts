import { SCHEME } from '../schemes.js';

interface UriParts {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
}

/** The workspace of an address such as `qide://localhost:8080/demo/src/main.py`; null for any other scheme or a path without one. */
export function workspaceOf({ scheme, authority, path }: UriParts): { readonly server: string; readonly workspace: string } | null {
  const workspace = path.split('/')[1] ?? '';
  return scheme !== SCHEME || workspace === '' ? null : { server: authority, workspace };
}

/** The path in its workspace of such an address, empty for the workspace itself. */
export function pathOf({ path }: UriParts): string {
  return path.split('/').slice(2).join('/').replace(/\/+$/, '');
}
