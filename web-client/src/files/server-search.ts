import { ApiError } from '@qide/client';
import { prepareQuery, scoreFuzzy2 } from '@codingame/monaco-vscode-api/vscode/vs/base/common/fuzzyScorer';
import { CancellationError } from '@codingame/monaco-vscode-api/vscode/vs/base/common/errors';
import type { CancellationToken } from '@codingame/monaco-vscode-api/vscode/vs/base/common/cancellation';
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

/** The matches of one search. */
const MATCHES_FOUND = 10_000;
/** Paths that quick open gets at most. */
const FILES_FOUND = 512;

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
    const wanted = prepareQuery(query.filePattern ?? '');
    const results = [];
    const bound = query.maxResults ?? FILES_FOUND;
    for (const [path, { kind, ignored }] of await this.list.all()) {
      if (results.length >= bound) break;
      if (kind !== 'file' || ignored) continue;
      if (wanted.normalized === '' || scoreFuzzy2(path, wanted)[0] !== undefined) results.push({ resource: this.uris.of(path) });
    }
    return { results, messages: [], limitHit: results.length >= bound };
  }

  /** The folders that a search is limited to, such as by "Find in Folder…"; none for the whole workspace. */
  private folders({ folderQueries }: ITextQuery): string[] {
    const paths = folderQueries.map(({ folder }) => this.uris.pathOf(folder) ?? '');
    return paths.includes('') ? [] : paths.map((path) => `${path}/**`);
  }

  private async found(query: ITextQuery, onProgress: ((item: IFileMatch) => void) | undefined, signal: AbortSignal): Promise<ISearchComplete> {
    const { pattern, isRegExp, isCaseSensitive, isWordMatch } = query.contentPattern;
    const { matches, incomplete } = await this.api.search(
      {
        text: pattern,
        isRegex: !!isRegExp,
        isCase: !!isCaseSensitive,
        isWord: !!isWordMatch,
        include: [...patternsOf(query.includePattern), ...this.folders(query)],
        exclude: [query.excludePattern, ...query.folderQueries.flatMap(({ excludePattern }) => (excludePattern ?? []).map((one) => one.pattern))].flatMap(patternsOf),
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
    const results = [...byPath.values()];
    for (const one of results) onProgress?.(one);
    return { results, messages: [], limitHit: incomplete !== undefined };
  }
}

/** The range of a match in its preview, which has all its lines. */
function previewOf(line: number, endLine: number, endCharacter: number, textCharacter: number, length: number): SearchRange {
  return line === endLine ? new SearchRange(0, textCharacter, 0, textCharacter + length) : new SearchRange(0, textCharacter, endLine - line, endCharacter);
}

/** The patterns that are on, as the server reads them; the workbench adds `/**` to each name, for folders. */
function patternsOf(patterns: Record<string, unknown> | undefined): string[] {
  return Object.entries(patterns ?? {})
    .filter(([, isOn]) => isOn === true)
    .map(([glob]) => glob.replace(/^\*\*\//, ''))
    .filter((glob, _, all) => !(glob.endsWith('/**') && all.includes(glob.slice(0, -3))));
}
