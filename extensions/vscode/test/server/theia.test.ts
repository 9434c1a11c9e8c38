import './as-theia.js';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { TestView } from '../vscode/view.js';
import { testWindow } from '../vscode/window.js';
import { TOKEN, VsCode } from './person.js';
import { seesTheWrongName } from './typescript.js';

describe('a workspace in Theia, beside the folders of the window', () => {
  const ann = new VsCode();
  before(() => ann.openHere(TOKEN));
  after(() => ann.close());

  it('has diagnostics that need other files', async () => {
    await seesTheWrongName(ann, 'theia');
    assert.equal(testWindow.workspaceFolders, undefined);
  });

  it('is opened again when the window is loaded again, although Theia keeps no state for a window without a folder', async () => {
    await ann.reload();
    await seesTheWrongName(ann, 'theia-again');
  });

  it('has a chat in the view whose script runs, not in one that Theia resolves although it has disposed of it', () => {
    const provider = testWindow.viewProviders.get('qide.chat')!;
    const [gone, shown] = [new TestView(), new TestView()];
    provider.resolveWebviewView(gone);
    provider.resolveWebviewView(shown);
    gone.dispose();
    shown.send({ action: 'ready' });
    assert.deepEqual(shown.received, [{ event: 'start', isReady: true, mayEdit: true }]);
    assert.deepEqual(gone.received, []);
  });
});
