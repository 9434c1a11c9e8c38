import { afterEach, describe, it } from 'node:test';
import { Uri } from '../vscode/values.js';
import { TOKEN, VsCode } from './person.js';
import { seesTheWrongName } from './typescript.js';

describe('language servers in VS Code', () => {
  let ann: VsCode;
  afterEach(() => ann.close());

  it('have the files of the workspace', async () => {
    ann = new VsCode();
    await ann.open(TOKEN);
    await seesTheWrongName(ann, 'alone');
  });

  it('have them in a window whose first folder is another one', async () => {
    ann = new VsCode();
    await ann.open(TOKEN, Uri.parse('file:///elsewhere'));
    await seesTheWrongName(ann, 'beside');
  });
});
