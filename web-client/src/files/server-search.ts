import { ApiError } from '@qide/client';
import { CancellationError } from '@codingame/monaco-vscode-api/vscode/vs/base/common/errors';
import type { CancellationToken } from '@codingame/monaco-vscode-api/vscode/vs/base/common/cancellation';
import { parse } from '@codingame/monaco-vscode-api/vscode/vs/base/common/glob';
import {
  SearchRange,
  TextSearchCompleteMessageType,
  type IFileMatch,
  type IFileQuery,
  type ISearchComplete,
  type ISearchResultProvider,
  type ITextQuery,
} from '@codingame/monaco-vscode-api/vscode/vs/workbench/services/search/common/search';
import { type FilesApi } from '../api.js';
import type { WorkspaceUris } from '../workspace-uri.js';
import type { FileList } from './file-list.js';
import { excluded } from './excludes.js';
import { bestPaths } from './file-ranking.js';
import { patternsOf, scopeOf } from './search-patterns.js';

/** The matches of one search. */
const MATCHES_FOUND = 10_000;
/** Paths that quick open gets at most. */
const FILES_FOUND = 512;
/** The path patterns of one request. */
const PATTERNS = 100;

/** Find in files by the server's search, and quick open by the list of files. */
export class ServerSearch implements ISearchResultProvider {
  constructor(
    private readonly api: FilesApi,
    private readonly list: FileList,
    private readonly uris: WorkspaceUris,
  ) {}

  async getAIName(): Promise<undefined> {
    return undefined;
  }

  async clearCache(): Promise<void> {}

  async textSearch(query: ITextQuery, onProgress?: (item: IFileMatch) => void, token?: CancellationToken): Promise<ISearchComplete> {
    const abort = new AbortController();
    const cancellation = token?.onCancellationRequested(() => abort.abort());
    try {
      return await this.found(query, onProgress, abort.signal);
    } catch (error) {
      if (abort.signal.aborted) throw new CancellationError();
      const text = error instanceof ApiError && error.tags['reason'] === 'regex' ? 'This is not a regular expression.' : error instanceof Error ? error.message : String(error);
      return { results: [], messages: [{ text, type: TextSearchCompleteMessageType.Warning }] };
    } finally {
      cancellation?.dispose();
    }
  }

  async fileSearch(query: IFileQuery): Promise<ISearchComplete> {
    const isExcluded = excluded([query.excludePattern ?? {}, ...excludesOf(query)]);
    const paths = [];
    for (const [path, { kind, ignored }] of await this.list.all()) {
      if (kind === 'file' && !ignored && !isExcluded(path)) paths.push(path);
    }
    const best = bestPaths(paths, query.filePattern ?? '', query.maxResults ?? FILES_FOUND);
    return { results: best.paths.map((path) => ({ resource: this.uris.of(path) })), messages: [], limitHit: best.isCut };
  }

  private async found(query: ITextQuery, onProgress: ((item: IFileMatch) => void) | undefined, signal: AbortSignal): Promise<ISearchComplete> {
    const scope = scopeOf(query.folderQueries.map(({ folder, includePattern }) => ({ path: this.uris.pathOf(folder) ?? '', includePattern })));
    const names = patternsOf(query.includePattern);
    // The server has one list of patterns, of which a file matches any: a file in the scope must have one of the names too.
    const isNamed = scope.length > 0 && names.length > 0 ? parse(query.includePattern!) : () => true;
    const results: IFileMatch[] = [];
    let limitHit = false;
    for (const include of inParts(scope.length > 0 ? scope : names)) {
      const part = await this.matches(query, include, signal);
      limitHit ||= part.limitHit;
      for (const one of part.files) {
        if (!isNamed(this.uris.pathOf(one.resource) ?? '')) continue;
        results.push(one);
        onProgress?.(one);
      }
    }
    return { results, messages: [], limitHit };
  }

  private async matches(query: ITextQuery, include: readonly string[], signal: AbortSignal): Promise<{ files: IFileMatch[]; limitHit: boolean }> {
    const { pattern, isRegExp, isCaseSensitive, isWordMatch } = query.contentPattern;
    const { matches, incomplete } = await this.api.search(
      {
        text: pattern,
        isRegex: !!isRegExp,
        isCase: !!isCaseSensitive,
        isWord: !!isWordMatch,
        include,
        exclude: [query.excludePattern, ...excludesOf(query)].flatMap((one) => patternsOf(one)),
        limit: Math.min(query.maxResults ?? MATCHES_FOUND, MATCHES_FOUND),
      },
      signal,
    );
    const byPath = new Map<string, IFileMatch>();
    for (const { path, line, character, endLine, endCharacter, length, text, textCharacter } of matches) {
      let file = byPath.get(path);
      if (!file) byPath.set(path, (file = { resource: this.uris.of(path), results: [] }));
      file.results!.push({
        rangeLocations: [{ source: new SearchRange(line, character, endLine, endCharacter), preview: previewOf(line, endLine, endCharacter, textCharacter, length) }],
        previewText: text,
      });
    }
    return { files: [...byPath.values()], limitHit: incomplete !== undefined };
  }
}

/** The range of a match in its preview, which has all its lines. */
function previewOf(line: number, endLine: number, endCharacter: number, textCharacter: number, length: number): SearchRange {
  return line === endLine ? new SearchRange(0, textCharacter, 0, textCharacter + length) : new SearchRange(0, textCharacter, endLine - line, endCharacter);
}

/** What is left out of the folders of a query, by settings and by paths such as `./out`. */
function excludesOf({ folderQueries }: ITextQuery | IFileQuery) {
  return folderQueries.flatMap(({ excludePattern }) => (excludePattern ?? []).map((one) => one.pattern));
}

/** The patterns of several requests; one part without any for no pattern. */
function inParts(patterns: readonly string[]): (readonly string[])[] {
  const parts = [];
  for (let first = 0; first === 0 || first < patterns.length; first += PATTERNS) parts.push(patterns.slice(first, first + PATTERNS));
  return parts;
}
