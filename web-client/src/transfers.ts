import { ApiError, type FilesApi } from './api.js';
import { ask, listOf, tell } from './dialog.js';
import { h } from './dom.js';
import { nameOf } from './paths.js';
import { treeRefusal } from './refusals.js';
import type { StatusBar } from './status-bar.js';

/** Files that one upload may have. */
const UPLOAD_FILES = 500;
/** What a file may have to be uploaded; the server's own bound. */
const FILE_BYTES = 32 << 20;
/** What all files of one upload may have together. */
const UPLOAD_BYTES = 256 << 20;
/** What a zip file may have that comes in; the server's own bound. */
const ZIP_BYTES = 64 << 20;
/** How long a saved file stays in the browser's memory after its download was begun. */
const FORGET_MILLISECONDS = 60_000;

/** A file on its way to a path of the workspace. */
interface Upload {
  readonly path: string;
  readonly bytes: File;
}

/** Files and archives on their way between this computer and the workspace. */
export class Transfers {
  constructor(
    private readonly api: FilesApi,
    private readonly status: StatusBar,
    private readonly refresh: () => Promise<void>,
    /** Shows a path in the tree. */
    private readonly reveal: (path: string) => void,
  ) {}

  async download(path: string): Promise<void> {
    await this.status.attempt(async () => save(await this.api.download(path), nameOf(path)), (error) => treeRefusal(error, path));
  }

  async downloadAll(): Promise<void> {
    this.status.say('Packing the workspace …', false, true);
    await this.status.attempt(async () => {
      save(await this.api.downloadAll(), `${this.api.workspace}.zip`);
      this.status.say(`${this.api.workspace}.zip is downloaded`);
    });
  }

  /** Asks which files of this computer go into a folder; empty for the top. */
  pickFiles(folder: string): void {
    pick({ multiple: true }, (files) => void this.upload(files.map((bytes) => ({ path: below(folder, bytes.name), bytes }))));
  }

  pickZip(): void {
    pick({ accept: '.zip,application/zip' }, ([archive]) => {
      if (archive) void this.mergeZip(archive);
    });
  }

  /** Takes what was dropped on a folder, with the folders in it. */
  dropped(folder: string, data: DataTransfer): void {
    // Entries must be asked for before the event is over.
    const items = [...data.items].filter(({ kind }) => kind === 'file').map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
    void this.status.attempt(async () => {
      const files: Upload[] = [];
      for (const { entry, file } of items) {
        if (entry) await collect(entry, folder, files);
        else if (file) files.push({ path: below(folder, file.name), bytes: file });
      }
      await this.upload(files);
    });
  }

  private async upload(files: readonly Upload[]): Promise<void> {
    if (files.length === 0) return;
    if (files.length > UPLOAD_FILES) return this.status.say(`That is more than ${UPLOAD_FILES} files at once: put them into a zip file and merge that.`, true);
    if (files.reduce((sum, { bytes }) => sum + bytes.size, 0) > UPLOAD_BYTES) {
      return this.status.say(`These files are more than ${UPLOAD_BYTES >> 20} MiB together: upload fewer at once.`, true);
    }
    const problems: string[] = [];
    const there: Upload[] = [];
    let done = 0;
    const count = (outcome: string) => (outcome === 'done' ? (done += 1) : problems.push(outcome));
    for (const file of files) {
      this.status.say(`Uploading ${file.path} …`, false, true);
      const outcome = await this.put(file, null);
      if (outcome === 'there') there.push(file);
      else count(outcome);
    }
    if (there.length > 0) {
      await askToReplace(there, async () => {
        for (const file of there) count(await this.replace(file));
      });
    }
    await this.refresh();
    if (done > 0) this.reveal(files.at(-1)!.path);
    this.status.say(done === 0 ? '' : `${done === 1 ? '1 file is' : `${done} files are`} uploaded`, false, done === 0);
    if (problems.length > 0) void tell(problems.length === 1 ? 'A file was not uploaded' : `${problems.length} files were not uploaded`, problems);
  }

  /** Uploads one file; `there` when something has its path, or why it was refused. */
  private async put({ path, bytes }: Upload, version: string | null): Promise<string> {
    if (bytes.size > FILE_BYTES) return `${path} is larger than ${FILE_BYTES >> 20} MiB, the most that a file may be.`;
    try {
      await this.api.upload(path, bytes, version);
      return 'done';
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error.failure === 'precondition-failed' && version === null ? 'there' : treeRefusal(error, path);
    }
  }

  private async replace(file: Upload): Promise<string> {
    try {
      return await this.put(file, await this.api.version(file.path));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return treeRefusal(error, file.path);
    }
  }

  private async mergeZip(archive: File): Promise<void> {
    if (archive.size > ZIP_BYTES) return this.status.say(`${archive.name} is larger than ${ZIP_BYTES >> 20} MiB, the most that may come in.`, true);
    this.status.say(`Merging ${archive.name} …`, false, true);
    await this.status.attempt(async () => {
      const { created, changed, unchanged, skipped } = await this.api.mergeZip(archive);
      await this.refresh();
      this.status.say(`${archive.name} is merged: ${created} new, ${changed} changed, ${unchanged} as they were`);
      if (skipped.length > 0) void tell('Left out, as the ignore list says', skipped);
    }, (error) => treeRefusal(error, archive.name));
  }
}

function askToReplace(files: readonly Upload[], replace: () => Promise<void>): Promise<void> {
  const question = {
    title: files.length === 1 ? 'Replace this file?' : `Replace these ${files.length} files?`,
    body: ['There is something under this name already. What is there would be replaced, for everybody.', listOf(files.map(({ path }) => path))],
    confirm: 'Replace',
    isDanger: true,
  };
  return ask(question, replace);
}

/** Lets the person pick files of this computer. */
function pick(attributes: Record<string, string | boolean>, picked: (files: File[]) => void): void {
  const input = h('input', { type: 'file', hidden: true, 'data-testid': 'picker', ...attributes, oncancel: () => input.remove() });
  input.addEventListener('change', () => {
    input.remove();
    picked([...(input.files ?? [])]);
  });
  document.body.append(input);
  input.click();
}

/** All files of what was dropped, with their paths, as far as one upload may have them. */
async function collect(entry: FileSystemEntry, folder: string, into: Upload[]): Promise<void> {
  if (into.length > UPLOAD_FILES) return;
  const path = below(folder, entry.name);
  if (entry.isFile) {
    const bytes = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)).catch(() => null);
    if (bytes === null) throw new ApiError('unreachable', 0, `${entry.name} cannot be read from this computer.`);
    into.push({ path, bytes });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A reader gives a part at a time, and at last an empty one.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject)).catch(() => []);
    if (some.length === 0) return;
    for (const inner of some) await collect(inner, path, into);
  }
}

function below(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function save(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  h('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), FORGET_MILLISECONDS);
}
