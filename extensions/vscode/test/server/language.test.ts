import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { Uri } from '../vscode/values.js';
import { testWindow } from '../vscode/window.js';
import { eventually, FOLDER, TOKEN, VsCode } from './person.js';
import { seesTheWrongName } from './typescript.js';

describe('language servers in VS Code', () => {
  let ann: VsCode;
  afterEach(() => ann.close());

  it('have the files of the workspace', async () => {
    ann = new VsCode();
    await ann.open(TOKEN);
    await seesTheWrongName(ann, 'alone');
  });

  it('are not ended by a file that is longer than a message', async () => {
    ann = new VsCode();
    await ann.open(TOKEN);
    writeFileSync(join(FOLDER, 'large.json'), 'x'.repeat(9 << 20));
    await ann.show('large.json');
    await eventually('the person knows', () => testWindow.sentences('information').includes('large.json has no language features: it is larger than 8 MiB.'));
    await seesTheWrongName(ann, 'beside-large');
    assert.deepEqual(testWindow.log.filter((line) => line.startsWith('connection.lost')), []);
  });

  it('have them in a window whose first folder is another one', async () => {
    ann = new VsCode();
    await ann.open(TOKEN, Uri.parse('file:///elsewhere'));
    await seesTheWrongName(ann, 'beside');
  });
});
