type Patterns = Readonly<Record<string, unknown>>;

/** A folder that a search is limited to, and the files in it; all files without a pattern. */
export interface SearchFolder {
  /** Its path in the workspace; empty for the workspace itself. */
  readonly path: string;
  readonly includePattern?: Patterns | undefined;
}

/**
 * The patterns of the workbench that are on, in the server's form.
 *
 * @param folder to which the patterns are relative; only `**` at the start lets one match at any depth in it
 */
export function patternsOf(patterns: Patterns | undefined, folder = ''): string[] {
  const root = folder === '' ? '/' : `/${literally(folder)}/`;
  return (
    Object.entries(patterns ?? {})
      .filter(([, isOn]) => isOn === true)
      .map(([glob]) => glob)
      // The workbench adds `/**` to each name, since it may be a folder's; the server does that itself.
      .filter((glob, _, all) => !(glob.endsWith('/**') && all.includes(glob.slice(0, -3))))
      .map((glob) => (glob.startsWith('**/') && root === '/' ? '' : root) + unescaped(glob))
  );
}

/** The folders and files that a search is limited to, such as by "Find in Folder…"; none for the whole workspace. */
export function scopeOf(folders: readonly SearchFolder[]): string[] {
  const scopes = folders.map(({ path, includePattern }) => {
    const patterns = patternsOf(includePattern, path);
    if (patterns.length > 0) return patterns;
    return path === '' ? null : [`/${literally(path)}`];
  });
  return scopes.includes(null) ? [] : scopes.flatMap((scope) => scope ?? []);
}

/** The workbench writes `[[]`, `[*]` and so on for a character of a name; the server has no such form, nor needs it for brackets. */
function unescaped(glob: string): string {
  return glob.replace(/\[([?*[\]])\]/g, (_, character: string) => literally(character));
}

/** A path as a pattern: characters that have a meaning in patterns match any one. */
function literally(path: string): string {
  return path.replace(/[*{}]/g, '?');
}
