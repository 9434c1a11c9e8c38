import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { testWindow } from '../vscode/window.js';
import { eventually, Other, TOKEN, VsCode, WORKSPACE } from './person.js';

describe('signing in from VS Code', () => {
  const windows: VsCode[] = [];
  const ann = () => {
    const window = new VsCode();
    windows.push(window);
    return window;
  };
  afterEach(() => windows.splice(0).forEach((window) => window.close()));

  it('keeps the token of a link in the secret storage', async () => {
    const window = ann();
    await window.open(TOKEN);
    assert.deepEqual([...window.secrets.values()], [TOKEN]);
  });

  it('makes the extension the formatter of the languages for which VS Code has another one', async () => {
    await ann().open(TOKEN);
    const { settings } = JSON.parse([...testWindow.ownFiles.values()].at(-1)!) as { settings: Record<string, unknown> };
    assert.deepEqual(settings['[typescript]'], { 'editor.defaultFormatter': 'qide.qide-vscode' });
    assert.equal(settings['[python]'], undefined);
  });

  it('says so when the server does not accept a token, and keeps nothing', async () => {
    const window = ann();
    await assert.rejects(window.open('no-such-token'));
    assert.equal(window.secrets.size, 0);
    assert.match(testWindow.sentences('error')[0]!, /does not accept this token/);
  });

  it('ends when the token is revoked; the text stays, and the token is forgotten', async () => {
    const ben = new Other();
    const shares = ben.server.shares(WORKSPACE);
    const { share, token } = await shares.create({ role: 'edit', expiresInDays: 1, name: 'Guest' });
    await ben.files.write('revoked.txt', new TextEncoder().encode('text\n'), null);
    const window = ann();
    await window.open(token);
    const document = await window.show('revoked.txt');
    await shares.revoke(share.id);
    await eventually('the person learns it', () => testWindow.sentences('warning').some((sentence) => sentence.includes('You are signed out')));
    await eventually('the token is forgotten', () => window.secrets.size === 0);
    assert.match(testWindow.statusItems.get('connection')!.text, /Signed out/);
    testWindow.type(document, 0, 0, 'more ');
    assert.equal(document.getText(), 'more text\n');
    await eventually('it is not called saved', () => testWindow.statusItems.get('edits')!.text.includes('1 edit kept here'));
    ben.close();
  });
});
