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
import { ApiError, type FilesApi } from '../api.js';
import type { WorkspaceUris } from '../workspace-uri.js';
import type { FileList } from './file-list.js';

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

  private async found(query: ITextQuery, onProgress: ((item: IFileMatch) => void) | undefined, signal: AbortSignal): Promise<ISearchComplete> {
    const { pattern, isRegExp, isCaseSensitive, isWordMatch } = query.contentPattern;
    const included = globOf(query.includePattern);
    const { matches, incomplete } = await this.api.search(
      { text: pattern, isRegex: !!isRegExp, isCase: !!isCaseSensitive, isWord: !!isWordMatch, glob: included },
      signal,
    );
    const byPath = new Map<string, IFileMatch>();
    for (const { path, line, character, length, text, textCharacter } of matches) {
      let file = byPath.get(path);
      if (!file) byPath.set(path, (file = { resource: this.uris.of(path), results: [] }));
      file.results!.push({
        rangeLocations: [{ source: new SearchRange(line, character, line, character + length), preview: new SearchRange(0, textCharacter, 0, textCharacter + length) }],
        previewText: text,
      });
    }
    const results = [...byPath.values()];
    for (const one of results) onProgress?.(one);
    return { results, messages: [], limitHit: incomplete !== undefined };
  }
}

/** The patterns to include as one pattern of the server; the workbench adds `/**` to each name, for folders. */
function globOf(patterns: Record<string, unknown> | undefined): string {
  const globs = Object.keys(patterns ?? {})
    .map((glob) => glob.replace(/^\*\*\//, ''))
    .filter((glob, _, all) => !(glob.endsWith('/**') && all.includes(glob.slice(0, -3))));
  return globs.length <= 1 ? (globs[0] ?? '') : `{${globs.join(',')}}`;
}
