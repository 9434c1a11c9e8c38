import { ApiError, type FileListEntry } from '@qide/client';
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { FileList } from '../src/files/file-list.js';

/** A server with files, whose lists can be held back. */
class Server {
  files: string[] = ['src/a.ts', 'b.ts'];
  unlisted = new Set<string>();
  lists = 0;
  questions = 0;
  private gate: Promise<void> = Promise.resolve();

  /** The answers of questions that follow wait until the result is called; they are of the time of the question. */
  hold(): () => void {
    let open = () => {};
    this.gate = new Promise((resolve) => (open = resolve));
    return open;
  }

  async list() {
    this.lists += 1;
    const folders = new Set(this.files.filter((path) => path.includes('/')).map((path) => path.slice(0, path.lastIndexOf('/'))));
    const entry = (path: string, kind: FileListEntry['kind']) => ({ path, kind, size: path.length, ignored: false }) as FileListEntry;
    const files = [...[...folders].map((path) => entry(path, 'folder')), ...this.files.map((path) => entry(path, 'file'))];
    const truncated = this.unlisted.size > 0;
    await this.gate;
    return { files, truncated };
  }

  async version(path: string): Promise<string | null> {
    this.questions += 1;
    if (path === 'folder') throw new ApiError('is-a-folder', 409, '');
    return this.unlisted.has(path) ? '"1"' : null;
  }
}

describe('the list of files', () => {
  let server: Server;
  let list: FileList;

  beforeEach(() => {
    server = new Server();
    list = new FileList(server);
  });

  it('shows a folder as it was at one moment', async () => {
    const open = server.hold();
    const shown = list.childrenOf('');
    list.forget();
    server.files.push('new.ts');
    const shownLater = list.childrenOf('');
    open();
    assert.deepEqual((await shown).map(([name]) => name), ['src', 'b.ts']);
    assert.deepEqual((await shownLater).map(([name]) => name), ['src', 'b.ts', 'new.ts']);
  });

  it('is not read again for content that changes, until somebody asks for the size', async () => {
    for (let line = 0; line < 50; line += 1) {
      assert.ok(await list.has('b.ts'));
      list.changed('b.ts');
    }
    assert.equal(server.lists, 1);
    await list.get('src/a.ts');
    assert.equal(server.lists, 1);
    await list.get('b.ts');
    await list.get('b.ts');
    assert.equal(server.lists, 2);
  });

  it('knows the files of an upload without being read for each', async () => {
    await list.all();
    for (let number = 0; number < 100; number += 1) {
      assert.equal(await list.has(`src/${number}.bin`), false);
      await list.added(`src/${number}.bin`, number);
    }
    assert.deepEqual(await list.get('src/7.bin'), { kind: 'file', size: 7, ignored: false });
    assert.equal((await list.childrenOf('src')).length, 101);
    assert.equal(server.lists, 1);
    await list.added('other/in.bin', 1);
    server.files.push('other/in.bin');
    assert.ok((await list.childrenOf('')).some(([name]) => name === 'other'), 'the folder that the server made');
    list.forget();
  });

  it('asks the server for files that are not in a truncated list', async () => {
    server.unlisted.add('deep/left-out.ts');
    assert.deepEqual(await list.get('deep/left-out.ts'), { kind: 'file', size: 0, ignored: false });
    assert.equal(await list.has('missing.ts'), false);
    assert.equal(await list.has('missing.ts'), false);
    assert.equal((await list.get('folder'))?.kind, 'folder');
    assert.equal(server.questions, 3);
    assert.ok(await list.isTruncated());
  });

  it('asks for nothing that a whole list lacks', async () => {
    assert.equal(await list.has('missing.ts'), false);
    assert.equal(server.questions, 0);
  });

  it('keeps a newer reading when an older one fails', async () => {
    let fail = () => {};
    const failing = new FileList({
      list: () => (server.lists === 0 ? ((server.lists += 1), new Promise<never>((_, reject) => (fail = () => reject(new Error('gone'))))) : server.list()),
      version: () => server.version(''),
    });
    const older = assert.rejects(failing.all());
    failing.forget();
    const newer = await failing.all();
    fail();
    await older;
    assert.equal(await failing.all(), newer);
  });

  it('has what it had while the server cannot be reached', async () => {
    let failure: Error | null = null;
    const losing = new FileList({ list: () => (failure === null ? server.list() : Promise.reject(failure)), version: () => server.version('') });
    await losing.all();
    losing.forget();
    failure = new ApiError('unreachable', 0, '');
    assert.equal((await losing.get('b.ts'))?.kind, 'file');
    await assert.rejects(losing.has('new.ts'), failure);
    await assert.rejects(losing.childrenOf(''), failure);
    failure = new ApiError('internal', 502, '');
    assert.ok(await losing.has('b.ts'), 'a proxy answers');
    failure = new ApiError('forbidden', 403, '');
    await assert.rejects(losing.has('b.ts'), failure);
    failure = null;
    server.files = ['new.ts'];
    assert.equal(await losing.has('b.ts'), false);
    assert.ok(await losing.has('new.ts'));
  });
});
