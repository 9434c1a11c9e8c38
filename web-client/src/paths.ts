// Paths in a workspace.

/** Whether a URI names an external document, which the server serves read-only. */
export function isExternal(uri: string): boolean {
  return uri.startsWith('qide-external:');
}

/** The folder of a path; empty for the workspace's root. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** A typed path without spaces and slashes around it. */
export function trimmed(typed: string): string {
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
  const suffix = attempt === 1 ? '.conflict' : `.conflict-${attempt}`;
  return path.slice(0, cut) + suffix + path.slice(cut);
}
