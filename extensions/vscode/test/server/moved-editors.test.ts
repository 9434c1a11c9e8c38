import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
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
});
