// Paths of a workspace and the URIs that language servers know them by.

/** `src/a b.py` → `file:///src/a%20b.py` */
export function uriOfPath(path: string): string {
  return `file:///${path.split('/').map(encodeURIComponent).join('/')}`;
}

/** `file:///src/a%20b.py` → `src/a b.py`; null for a URI that is not of a workspace. */
export function pathOfUri(uri: string): string | null {
  if (!uri.startsWith('file:///')) return null;
  try {
    const path = decodeURIComponent(uri.slice('file:///'.length));
    return path === '' || path.split('/').some((part) => part === '' || part === '.' || part === '..') ? null : path;
  } catch {
    return null;
  }
}

/** Whether a URI names a document outside the workspace that the server gives for reading. */
export function isExternal(uri: string): boolean {
  return uri.startsWith('qide-external:');
}

/** The folder that a path lies in; empty for the top. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** What a person typed as a path, without slashes around it. */
export function joined(typed: string): string {
  return typed.trim().replace(/^\/+|\/+$/g, '');
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `src/main.py` → `src/main.conflict.py`, then `src/main.conflict-2.py`, … */
export function conflictPath(path: string, attempt: number): string {
  const name = nameOf(path);
  const dot = name.lastIndexOf('.');
  const cut = dot > 0 ? path.length - name.length + dot : path.length;
  const mark = attempt === 1 ? '.conflict' : `.conflict-${attempt}`;
  return path.slice(0, cut) + mark + path.slice(cut);
}
