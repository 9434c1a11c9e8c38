import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FileSystemError } from '../vscode/values.js';
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
});
