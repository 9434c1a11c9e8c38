import { ApiError, type FilesApi } from './api.js';
import { ask, listOf, showMessage } from './dialog.js';
import { h } from './dom.js';
import { nameOf } from './paths.js';
import { treeRefusal } from './refusals.js';
import type { StatusBar } from './status-bar.js';

/** The most files in one upload. */
const UPLOAD_FILES = 500;
/** The largest file to upload; the server has the same bound. */
const FILE_BYTES = 32 << 20;
/** The total size of the files in one upload. */
const UPLOAD_BYTES = 256 << 20;
/** The largest zip file to upload; the server has the same bound. */
const ZIP_BYTES = 64 << 20;
/** How long a downloaded file stays in the browser's memory. */
const REVOKE_MILLISECONDS = 60_000;

/** A file to upload to a path in the workspace. */
interface Upload {
  readonly path: string;
  readonly bytes: File;
}

/** Uploads and downloads of files and zip files. */
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

  /** Lets the person pick files to upload into a folder; empty for the workspace's root. */
  pickFiles(folder: string): void {
    pick({ multiple: true }, (files) => void this.upload(files.map((bytes) => ({ path: below(folder, bytes.name), bytes }))));
  }

  pickZip(): void {
    pick({ accept: '.zip,application/zip' }, ([archive]) => {
      if (archive) void this.mergeZip(archive);
    });
  }

  /** Uploads files that were dropped on a folder, with the folders among them. */
  dropped(folder: string, data: DataTransfer): void {
    // Entries must be read before the event handler returns.
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
    const existing: Upload[] = [];
    let done = 0;
    const count = (outcome: string) => (outcome === 'done' ? (done += 1) : problems.push(outcome));
    for (const file of files) {
      this.status.say(`Uploading ${file.path} …`, false, true);
      const outcome = await this.put(file, null);
      if (outcome === 'exists') existing.push(file);
      else count(outcome);
    }
    if (existing.length > 0) {
      await askToReplace(existing, async () => {
        for (const file of existing) count(await this.replace(file));
      });
    }
    await this.refresh();
    if (done > 0) this.reveal(files.at(-1)!.path);
    this.status.say(done === 0 ? '' : `${done === 1 ? '1 file was' : `${done} files were`} uploaded`, false, done === 0);
    if (problems.length > 0) void showMessage(problems.length === 1 ? 'A file was not uploaded' : `${problems.length} files were not uploaded`, problems);
  }

  /** Uploads one file. Returns `done`, `exists` if its path is taken, or why it was refused. */
  private async put({ path, bytes }: Upload, version: string | null): Promise<string> {
    if (bytes.size > FILE_BYTES) return `${path} is larger than ${FILE_BYTES >> 20} MiB, the largest allowed size. Split it.`;
    try {
      await this.api.upload(path, bytes, version);
      return 'done';
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error.failure === 'precondition-failed' && version === null ? 'exists' : treeRefusal(error, path);
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
    if (archive.size > ZIP_BYTES) return this.status.say(`${archive.name} is larger than ${ZIP_BYTES >> 20} MiB, the largest allowed size. Split it.`, true);
    this.status.say(`Merging ${archive.name} …`, false, true);
    await this.status.attempt(async () => {
      const { created, changed, unchanged, skipped } = await this.api.mergeZip(archive);
      await this.refresh();
      this.status.say(`${archive.name} is merged: ${created} new, ${changed} changed, ${unchanged} unchanged`);
      if (skipped.length > 0) void showMessage('Left out because of the ignore list', skipped);
    }, (error) => treeRefusal(error, archive.name));
  }
}

function askToReplace(files: readonly Upload[], replace: () => Promise<void>): Promise<void> {
  const question = {
    title: files.length === 1 ? 'Replace this file?' : `Replace these ${files.length} files?`,
    body: ['The existing content would be replaced, for everybody.', listOf(files.map(({ path }) => path))],
    confirm: 'Replace',
    isDanger: true,
  };
  return ask(question, replace);
}

/** Opens the browser's file picker. */
function pick(attributes: Record<string, string | boolean>, picked: (files: File[]) => void): void {
  const input = h('input', { type: 'file', hidden: true, 'data-testid': 'picker', ...attributes, oncancel: () => input.remove() });
  input.addEventListener('change', () => {
    input.remove();
    picked([...(input.files ?? [])]);
  });
  document.body.append(input);
  input.click();
}

/** Collects the files of a dropped entry with their paths, at most one more than an upload may have. */
async function collect(entry: FileSystemEntry, folder: string, into: Upload[]): Promise<void> {
  if (into.length > UPLOAD_FILES) return;
  const path = below(folder, entry.name);
  if (entry.isFile) {
    const bytes = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)).catch(() => null);
    if (bytes === null) throw new ApiError('unreachable', 0, `${entry.name} cannot be read from this computer. Check its permissions.`);
    into.push({ path, bytes });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A reader returns one batch at a time, and an empty one at the end.
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
  setTimeout(() => URL.revokeObjectURL(address), REVOKE_MILLISECONDS);
}
