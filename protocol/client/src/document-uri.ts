const PREFIX = 'file:///';

/** The URI by which language servers know a file when `initialize` has no root: `src/a b.py` → `file:///src/a%20b.py`. */
export function uriOfPath(path: string): string {
  return PREFIX + path.split('/').map(encodeURIComponent).join('/');
}
