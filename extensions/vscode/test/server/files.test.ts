import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathOf } from '../../src/desktop/uris.js';
import { FileChangeType, FileSystemError } from '../vscode/values.js';
import { testWindow } from '../vscode/window.js';
import { eventually, FOLDER, Other, TOKEN, VsCode } from './person.js';

const EXISTING = { create: true, overwrite: true };
const bytes = (text: string) => new TextEncoder().encode(text);
const code = (wanted: string) => (error: unknown) => error instanceof FileSystemError && error.code === wanted;

describe('the files of a workspace in VS Code', () => {
  const ann = new VsCode();
  const ben = new Other();
  before(() => ann.open(TOKEN));
  after(() => {
    ann.close();
    ben.close();
  });

  const onDisk = (path: string) => readFileSync(join(FOLDER, path), 'utf8');
  const text = async (path: string) => new TextDecoder().decode(await testWindow.files.readFile(ann.uri(path)));

  /** Creates a file as somebody else, and waits until the window knows it. */
  async function created(path: string, content: string): Promise<void> {
    await ben.files.write(path, bytes(content), null);
    await eventually(`${path} is known`, () => testWindow.files.stat(ann.uri(path)).then(() => true));
  }

  it('are written, read and deleted', async () => {
    await testWindow.files.writeFile(ann.uri('new.txt'), bytes('one\n'), EXISTING);
    assert.equal(onDisk('new.txt'), 'one\n');
    assert.equal(await text('new.txt'), 'one\n');
    await testWindow.files.delete(ann.uri('new.txt'), { recursive: false });
    assert.equal(existsSync(join(FOLDER, 'new.txt')), false);
    await assert.rejects(testWindow.files.readFile(ann.uri('new.txt')), code('FileNotFound'));
  });

  it('are renamed; a file that is there is replaced only on request', async () => {
    await created('from.txt', 'from\n');
    await created('to.txt', 'to\n');
    await assert.rejects(testWindow.files.rename(ann.uri('from.txt'), ann.uri('to.txt'), { overwrite: false }), code('FileExists'));
    assert.deepEqual([onDisk('from.txt'), onDisk('to.txt')], ['from\n', 'to\n']);
    await testWindow.files.rename(ann.uri('from.txt'), ann.uri('to.txt'), { overwrite: true });
    assert.deepEqual([existsSync(join(FOLDER, 'from.txt')), onDisk('to.txt')], [false, 'from\n']);
    assert.equal((await ben.files.list()).files.some(({ path }) => path.includes('replaced-')), false);
  });

  it('keep their target when a rename with overwrite fails', async () => {
    await created('kept.txt', 'kept\n');
    await assert.rejects(testWindow.files.rename(ann.uri('missing.txt'), ann.uri('kept.txt'), { overwrite: true }), code('FileNotFound'));
    assert.equal(onDisk('kept.txt'), 'kept\n');
  });

  it('are not overwritten by an editor that has read an older version', async () => {
    mkdirSync(join(FOLDER, 'bin'), { recursive: true });
    writeFileSync(join(FOLDER, 'bin/old.bin'), Buffer.from([0, 1, 2]));
    await eventually('the file is known', () => testWindow.files.stat(ann.uri('bin/old.bin')).then(() => true));
    assert.deepEqual([...(await testWindow.files.readFile(ann.uri('bin/old.bin')))], [0, 1, 2]);
    writeFileSync(join(FOLDER, 'bin/old.bin'), Buffer.from([0, 9, 9]));
    await assert.rejects(testWindow.files.writeFile(ann.uri('bin/old.bin'), new Uint8Array([0, 5]), EXISTING), code('Unavailable'));
    assert.deepEqual([...readFileSync(join(FOLDER, 'bin/old.bin'))], [0, 9, 9]);
  });

  it('appear and disappear with what others do', async () => {
    await created('theirs.txt', 'theirs\n');
    await ben.files.move('theirs.txt', 'moved.txt');
    await eventually('the new path is known', () => testWindow.files.stat(ann.uri('moved.txt')).then(() => true));
    await eventually('the old one is gone', () => testWindow.files.stat(ann.uri('theirs.txt')).then(() => false, code('FileNotFound')));
  });

  /** The events that VS Code gets from now on, by path. */
  function events() {
    const seen = new Map<string, number[]>();
    const subscription = testWindow.files.onDidChangeFile((changes) => {
      for (const { type, uri } of changes) {
        const path = pathOf(uri as unknown as Parameters<typeof pathOf>[0]);
        seen.set(path, [...(seen.get(path) ?? []), type]);
      }
    });
    return { seen, stop: () => subscription.dispose() };
  }

  it('are events when somebody edits one that no editor here shows', async () => {
    await created('book.ipynb', '{}\n');
    await text('book.ipynb');
    const { seen, stop } = events();
    (await ben.document('book.ipynb')).text.insert(1, '"cells": []');
    await eventually('the edit is an event', () => seen.get('book.ipynb')?.includes(FileChangeType.Changed) ?? false);
    stop();
  });

  it('cost no list when one changes that nobody shows', async () => {
    writeFileSync(join(FOLDER, 'growing.txt'), 'one\n');
    await eventually('it is known', () => testWindow.files.stat(ann.uri('growing.txt')).then(() => true));
    const { seen, stop } = events();
    const { fetch } = globalThis;
    let lists = 0;
    globalThis.fetch = (input, init) => {
      if (String(input).startsWith(ann.network.address) && String(input).endsWith('/files')) lists += 1;
      return fetch(input, init);
    };
    try {
      for (let line = 1; line <= 3; line += 1) {
        appendFileSync(join(FOLDER, 'growing.txt'), 'more\n');
        await eventually('the change is an event', () => (seen.get('growing.txt')?.length ?? 0) >= line);
      }
      assert.equal(lists, 0);
    } finally {
      globalThis.fetch = fetch;
      stop();
    }
  });

  it('are events when a tool changes more than are reported one by one, also after single changes', async () => {
    const numbered = (start: number) => Array.from({ length: 120 }, (_, at) => `many/${start + at}.txt`);
    mkdirSync(join(FOLDER, 'many'));
    writeFileSync(join(FOLDER, 'changelog.txt'), 'one\n');
    await eventually('they are known', () => Promise.all(['many', 'changelog.txt'].map((path) => testWindow.files.stat(ann.uri(path)))).then(() => true));
    const { seen, stop } = events();
    const types = (path: string) => seen.get(path)?.join() ?? '';
    const change = async () => {
      const before = types('changelog.txt');
      await eventually('the change is an event', () => {
        if (types('changelog.txt') !== before) return true;
        // Again, since the server may have found it among the many of before.
        appendFileSync(join(FOLDER, 'changelog.txt'), 'more\n');
        return false;
      });
    };
    await change();
    assert.equal((await testWindow.files.stat(ann.uri('changelog.txt'))).size, statSync(join(FOLDER, 'changelog.txt')).size);
    await change();
    for (const path of numbered(0)) writeFileSync(join(FOLDER, path), path);
    await eventually('new files are events', () => numbered(0).every((path) => types(path).startsWith(`${FileChangeType.Created}`)));
    await change();
    for (const path of numbered(0)) rmSync(join(FOLDER, path));
    for (const path of numbered(200)) writeFileSync(join(FOLDER, path), path);
    await eventually('the next ones are events too', () => numbered(200).every((path) => types(path).startsWith(`${FileChangeType.Created}`)));
    await eventually('and so are those that are gone', () => numbered(0).every((path) => types(path).endsWith(`${FileChangeType.Deleted}`)));
    stop();
  });

  it('are new to VS Code although its list was read again after they were created', async () => {
    const { seen, stop } = events();
    await ben.files.write('early.txt', bytes('early\n'), null);
    await ben.files.write('late.txt', bytes('late\n'), null);
    await eventually('both are events', () => ['early.txt', 'late.txt'].every((path) => seen.get(path)?.[0] === FileChangeType.Created));
    stop();
  });
});
