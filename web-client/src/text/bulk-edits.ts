import { OpenError } from '../refusals.js';
import type { SharedFile } from './shared-file.js';
import type { SharedFiles } from './shared-files.js';

/** The server’s limit of open documents per connection (`CollabLimits.documentsPerSocket`). */
export const MAX_OPEN_DOCUMENTS = 256;

/** The part of an edit of several files that is used here: the file whose text it changes; files that it moves have other properties. */
export interface ResourceEdit {
  readonly resource?: { readonly scheme: string; readonly path: string };
}

/** Shows the person an edit; resolves to the parts that they chose. */
export type BulkEditPreviewHandler = (edits: readonly ResourceEdit[], options?: object) => Promise<readonly ResourceEdit[]>;

/** The part of the workbench's `IBulkEditService` that is used here. */
export interface BulkEditService {
  apply(edits: readonly ResourceEdit[] | { readonly edits: readonly ResourceEdit[] }, options?: object): Promise<unknown>;
  hasPreviewHandler(): boolean;
  setPreviewHandler(handler: BulkEditPreviewHandler): unknown;
}

/** An edit of several files that is being made. */
interface BulkEdit {
  /** The files whose text it changes; none while the person looks at its preview. */
  paths: ReadonlySet<string>;
  /** Why it fails, as a sentence; null if it does not, or for a reason of the workbench. */
  refusal: string | null;
}

/**
 * The workbench's edits of several files, such as renames and replacements. One that cannot change all of its files fails before it
 * changes anything: the workbench edits the models of read-only files too, and what it changed there would be lost.
 */
export class BulkEdits {
  /** Edits in progress, keyed by their options object: the workbench passes the same object to the preview handler. */
  private readonly running = new Map<object, BulkEdit>();

  /**
   * @param pathOf the path of a file of the workspace; null for any other URI
   * @param warn shows a sentence to the person
   */
  constructor(
    private readonly files: Pick<SharedFiles, 'get' | 'makeRoom'>,
    private readonly pathOf: (resource: { readonly scheme: string; readonly path: string }) => string | null,
    private readonly warn: (sentence: string) => void,
  ) {}

  /** Wraps the service’s `apply` and `setPreviewHandler`. Call it before the workbench sets its preview handler; later, it reports an error and previews stay unguarded. */
  guard(service: BulkEditService): void {
    if (service.hasPreviewHandler()) reportError(new Error('The workbench has set its preview of edits already.'));
    // Until the workbench needs the service, this is a proxy, which would keep the original methods if they were read from it.
    const { apply, setPreviewHandler } = Object.getPrototypeOf(service) as BulkEditService;
    service.apply = async (edits, options) => {
      // The service passes them on to the preview.
      const own = { ...options };
      const edit: BulkEdit = { paths: new Set(), refusal: null };
      this.running.set(own, edit);
      try {
        this.begin(edit, 'edits' in edits ? edits.edits : edits);
        return await apply.call(service, edits, own);
      } catch (error) {
        // Not every part of the workbench says why an edit failed.
        if (edit.refusal !== null) this.warn(edit.refusal);
        throw error;
      } finally {
        this.running.delete(own);
      }
    };
    service.setPreviewHandler = (handler) =>
      setPreviewHandler.call(service, async (edits, options) => {
        const edit = options && this.running.get(options);
        if (edit) edit.paths = new Set();
        const chosen = await handler(edits, options);
        if (edit) this.begin(edit, chosen);
        return chosen;
      });
  }

  /** Fails every edit in progress that would change this file, which turned out not to be shared. Throws {@link OpenError} if there is one. */
  notShared(path: string, file: SharedFile): void {
    const edits = [...this.running.values()].filter(({ paths }) => paths.has(path));
    if (edits.length > 0) refuse(edits, unsharedSentence(file));
  }

  private begin(edit: BulkEdit, parts: readonly ResourceEdit[]): void {
    edit.paths = new Set(parts.flatMap(({ resource }) => (resource && this.pathOf(resource)) ?? []));
    for (const path of edit.paths) {
      const file = this.files.get(path);
      if (file && file.undo === null && file.state.refusal !== null) refuse([edit], unsharedSentence(file));
    }
    const excess = this.files.makeRoom(edit.paths, MAX_OPEN_DOCUMENTS);
    if (excess > 0) refuse([edit], tooManySentence(edit.paths.size, excess));
  }
}

function refuse(edits: readonly BulkEdit[], sentence: string): never {
  for (const edit of edits) edit.refusal = sentence;
  throw new OpenError(sentence);
}

function unsharedSentence({ path, state }: SharedFile): string {
  return `Nothing was changed, because one of the files cannot be edited. ${state.refusal ?? `${path} cannot be loaded now: try again in a moment.`}`;
}

/** @param excess how many other open files must be closed first */
function tooManySentence(count: number, excess: number): string {
  const most = `at most ${MAX_OPEN_DOCUMENTS} files can be open at a time`;
  return count > MAX_OPEN_DOCUMENTS
    ? `Nothing was changed, because the edit affects ${count} files: ${most}. Edit fewer files at a time, or use a tool that edits them on disk.`
    : `Nothing was changed, because the edit affects ${count} files and other files are open: ${most}. Close ${excess} of the other files or reload the page, then try again.`;
}
