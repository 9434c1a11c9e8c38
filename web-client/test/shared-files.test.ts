import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { Connection, providerSocket } from '@qide/client';
import type { FilesApi } from '../src/api.js';
import { OfflineEditStore, STORE_AFTER_MILLISECONDS } from '../src/text/offline-edits.js';
import type { SharedFile } from '../src/text/shared-file.js';
import type { SharedFilesEvents } from '../src/text/shared-files-events.js';
import { SharedFiles } from '../src/text/shared-files.js';
import { MemoryDatabase } from './memory-database.js';

const EVENTS: SharedFilesEvents = {
  changed() {},
  synced() {},
  presence() {},
  replaced() {},
  pathOf: async () => null,
  moved() {},
  undo() {},
  groupOf: () => null,
  isHeld: () => false,
};

describe('SharedFiles without a connection', () => {
  let store: OfflineEditStore;
  let files: SharedFiles;
  let end: () => void;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    new MemoryDatabase().install();
    store = new OfflineEditStore('p', 'w');
    const socket = providerSocket(new Connection({ url: 'ws://nowhere' }));
    files = new SharedFiles(socket, {} as FilesApi, EVENTS, 'Ann', store);
    end = () => socket.destroy();
  });
  afterEach(() => {
    for (const { shared } of files.all()) shared?.close();
    end();
    mock.timers.reset();
  });

  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    for (let attempt = 0; attempt < 1_000; attempt += 1) {
      if (await condition()) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.fail(String(condition));
  }

  async function opened(path: string): Promise<SharedFile> {
    const file = files.open(path);
    await until(() => file.shared !== null);
    return file;
  }

  async function storedPaths(): Promise<string> {
    return [...(await store.all()).keys()].join();
  }

  it('opens a closed file again with the edits that the server refused', async () => {
    const first = await opened('a.py');
    first.shared!.text.insert(0, 'refused');
    first.state.isReadOnly = true;
    files.closeUnused();
    assert.equal(files.get('a.py'), undefined);
    const next = await opened('a.py');
    assert.equal(next.shared!.text.toString(), 'refused');
    assert.equal(next.state.unacknowledged, 1);
    await until(async () => (await storedPaths()) === 'a.py');
  });

  it('has a record of the edits of a moved file at each moment', async () => {
    const file = await opened('a.py');
    file.shared!.text.insert(0, 'typed');
    mock.timers.tick(STORE_AFTER_MILLISECONDS);
    await until(async () => (await storedPaths()) === 'a.py');
    files.moved('a.py', 'b.py');
    for (let attempt = 0; attempt < 20; attempt += 1) assert.equal(await storedPaths(), 'a.py');
    mock.timers.tick(STORE_AFTER_MILLISECONDS);
    await until(async () => {
      const paths = await storedPaths();
      assert.notEqual(paths, '');
      return paths === 'b.py';
    });
    assert.equal(file.state.unacknowledged, 1);
  });

  it('makes room for an edit of many files by closing those that only an undo needs', async () => {
    for (const path of ['shown', 'undoable', 'edited']) await opened(path);
    for (const path of ['shown', 'edited']) files.get(path)!.models.add({});
    assert.equal(files.makeRoom(new Set(['edited', 'x']), 4), 0);
    assert.ok(files.get('undoable'));
    assert.equal(files.makeRoom(new Set(['edited', 'x', 'y']), 4), 0);
    assert.equal(files.get('undoable'), undefined);
    assert.equal(files.makeRoom(new Set(['edited', 'x', 'y']), 3), 1);
    // Needs no further document.
    assert.equal(files.makeRoom(new Set(['edited']), 1), 0);
  });

  it('does not close what an edit of many files needs, or what would not suffice', async () => {
    for (const path of ['a', 'b']) await opened(path);
    assert.equal(files.makeRoom(new Set(['a', 'x', 'y', 'z']), 3), 1);
    assert.ok(files.get('b'));
    assert.equal(files.makeRoom(new Set(['a', 'x', 'y']), 3), 0);
    assert.deepEqual(files.all().map(({ path }) => path), ['a']);
  });

  it('says why a file could not be opened in time', async () => {
    const [silent, denied] = [await opened('a.py'), await opened('b.py')];
    denied.state.closedBy = 'too-many-documents';
    mock.timers.tick(15_000);
    assert.match(silent.state.refusal!, /did not send a\.py in time/);
    assert.match(denied.state.refusal!, /b\.py cannot be opened, since too many files are open/);
  });
});
