import { prepareQuery, scoreFuzzy2 } from '@codingame/monaco-vscode-api/vscode/vs/base/common/fuzzyScorer';

/** A path that matches; one whose name matches is better than one that only matches as a whole. */
interface Match {
  readonly path: string;
  readonly isName: boolean;
  readonly score: number;
}

/**
 * The paths for quick open to rank and show: the best ones, since it shows only so many.
 *
 * @param pattern parts of a path; all paths match an empty one
 * @param limit the number of paths at most
 */
export function bestPaths(paths: Iterable<string>, pattern: string, limit: number): { readonly paths: string[]; readonly isCut: boolean } {
  const query = prepareQuery(pattern);
  if (query.normalized === '') {
    const all = [...paths];
    return { paths: all.slice(0, limit), isCut: all.length > limit };
  }
  const matches: Match[] = [];
  for (const path of paths) {
    const [whole] = scoreFuzzy2(path, query);
    if (whole === undefined) continue;
    const [name] = scoreFuzzy2(path.slice(path.lastIndexOf('/') + 1), query);
    matches.push({ path, isName: name !== undefined, score: name ?? whole });
  }
  matches.sort((a, b) => Number(b.isName) - Number(a.isName) || b.score - a.score || a.path.length - b.path.length);
  return { paths: matches.slice(0, limit).map(({ path }) => path), isCut: matches.length > limit };
}
