import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { FileSystemError } from '../vscode/values.js';
import { testWindow } from '../vscode/window.js';
import { eventually, FOLDER, Other, TOKEN, VsCode } from './person.js';

const onDisk = (path: string) => readFileSync(join(FOLDER, path), 'utf8');

describe('editors of a moved file in VS Code', () => {
  const ben = new Other();
  let ann: VsCode;
  before(() => ben.workspace.ready());
  after(() => ben.close());
  beforeEach(async () => {
    ann = new VsCode();
    await ann.open(TOKEN);
  });
  afterEach(() => ann.close());

  /** A file with edits of Ann that are shared and not saved. */
  async function edited(path: string) {
    await ben.files.write(path, new TextEncoder().encode('text\n'), null);
    const [document, theirs] = [await ann.show(path), await ben.document(path)];
    testWindow.type(document, 0, 0, 'typed ');
    await eventually('it is shared', () => theirs.text.toString() === 'typed text\n');
    return document;
  }

  /** Moves a file while Ann has no connection, and puts another one at its path. */
  async function replace(from: string, to: string): Promise<void> {
    await ann.loseConnection();
    await ben.files.move(from, to);
    await ben.files.write(from, new TextEncoder().encode('another file\n'), null);
    ann.network.mend();
  }

  it('are replaced in every group, with edits that are not saved', async () => {
    const [from, to] = ['in two groups.txt', 'moved in two groups.txt'];
    const document = await edited(from);
    testWindow.left.push(document);
    await ben.files.move(from, to);
    const shown = () => testWindow.tabGroups().map(({ tabs }) => tabs.map(({ input }) => input.uri.path).join());
    await eventually('both groups show the new path alone', () => shown().join(' | ') === Array(2).fill(ann.uri(to).path).join(' | '));
    assert.equal(document.isClosed, true);
    const moved = testWindow.active!.document;
    testWindow.type(moved, 0, 0, '> ');
    await eventually('it is shared', () => onDisk(to) === '> typed text\n');
    assert.equal(existsSync(join(FOLDER, from)), false);
  });

  it('share what is typed while the document at the old path is reverted', async () => {
    const [from, to] = ['reverted.txt', 'moved from reverted.txt'];
    const document = await edited(from);
    testWindow.whileReverting = () => void testWindow.type(document, 0, 0, 'and ');
    await ben.files.move(from, to);
    await eventually('the editor shows the new path', () => testWindow.active?.document.uri.path === ann.uri(to).path);
    await eventually('everything is in the file', () => onDisk(to) === 'and typed text\n' && testWindow.active!.document.getText() === onDisk(to));
    assert.equal(document.isClosed, true);
  });

  /** A document with another file's text, in which Ann typed: VS Code reverted it because another file has its path. */
  async function editedElsewhere(from: string, to: string) {
    const document = await edited(from);
    testWindow.left.push(document);
    let isTyped = false;
    testWindow.editorChanged.event(() => {
      if (!isTyped && testWindow.active?.document.uri.path === ann.uri(to).path) isTyped = testWindow.type(document, 0, 0, 'also ');
    });
    await replace(from, to);
    await eventually('the person has typed', () => isTyped);
    assert.equal(document.getText(), 'also another file\n');
    return document;
  }

  it('are not said to share what is typed in another file that has the old path', async () => {
    const [from, to] = ['taken.txt', 'moved from taken.txt'];
    const document = await editedElsewhere(from, to);
    await assert.rejects(testWindow.save(document), (error: unknown) => error instanceof FileSystemError && error.message.includes(`moved to ${to}. What you type here exists only in this window`));
    assert.deepEqual([onDisk(from), onDisk(to)], ['another file\n', 'typed text\n']);
  });

  it('show a file that is moved back to a path that another one had meanwhile', async () => {
    const [from, to] = ['had by another.txt', 'moved from another.txt'];
    const document = await editedElsewhere(from, to);
    await ben.files.deleteFile(from, await ben.files.version(from));
    await ben.files.move(to, from);
    await eventually('the editor shows the file', () => document.getText() === 'typed text\n');
    await eventually('what it had is offered', () => testWindow.documents.some((one) => one.getText() === 'also another file\n'));
    testWindow.type(document, 0, 0, '> ');
    await eventually('it is shared', () => onDisk(from) === '> typed text\n');
  });
});
