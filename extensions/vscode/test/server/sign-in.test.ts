import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { ServerApi, type ApiError } from '@qide/client';
import { testWindow } from '../vscode/window.js';
import { eventually, Other, TOKEN, VISITOR, VsCode, WORKSPACE } from './person.js';

describe('signing in from VS Code', () => {
  const windows: VsCode[] = [];
  const ann = () => {
    const window = new VsCode();
    windows.push(window);
    return window;
  };
  afterEach(() => windows.splice(0).forEach((window) => window.close()));
  const connection = () => testWindow.statusItems.get('connection')!.text;
  const warned = (part: string) => eventually(`the person reads “${part}”`, () => testWindow.sentences('warning').some((sentence) => sentence.includes(part)));

  it('keeps the token of a link in the secret storage', async () => {
    const window = ann();
    await window.open(TOKEN);
    assert.deepEqual([...window.secrets.values()], [TOKEN]);
  });

  it('has the folder for a window that looks for it before it has read its workspace file, as code-server does', async () => {
    const window = ann();
    await window.openWithoutFolder(TOKEN);
    await assert.doesNotReject(async () => testWindow.files.stat(window.uri('')));
  });

  it('makes the extension the formatter of the languages for which VS Code has another one', async () => {
    await ann().open(TOKEN);
    const { settings } = JSON.parse([...testWindow.ownFiles.values()].at(-1)!) as { settings: Record<string, unknown> };
    assert.deepEqual(settings['[typescript]'], { 'editor.defaultFormatter': 'qide.qide-vscode' });
    assert.equal(settings['[python]'], undefined);
  });

  it('turns off what would change the text of others when a window saves by itself', async () => {
    await ann().open(TOKEN);
    const { settings } = JSON.parse([...testWindow.ownFiles.values()].at(-1)!) as { settings: Record<string, unknown> };
    for (const name of ['files.trimTrailingWhitespace', 'files.trimFinalNewlines', 'files.insertFinalNewline', 'files.autoGuessEncoding']) assert.equal(settings[name], false, name);
    assert.equal(settings['files.encoding'], 'utf8');
  });

  it('says so when the server does not accept a token, and keeps nothing', async () => {
    const window = ann();
    await assert.rejects(window.open('no-such-token'));
    assert.equal(window.secrets.size, 0);
    assert.match(testWindow.sentences('error')[0]!, /does not accept this token/);
  });

  it('keeps what the person and VS Code have written into the workspace file', async () => {
    const window = ann();
    await window.open(TOKEN);
    const [name, first] = [...testWindow.ownFiles].at(-1)!;
    const written = JSON.parse(first) as { folders: object[]; settings: Record<string, unknown> };
    const open = async (text: string) => {
      testWindow.ownFiles.set(name, text);
      testWindow.answers.push(`${window.network.address}#token=${TOKEN}`);
      await testWindow.commands.get('qide.openWorkspace')!();
      return testWindow.ownFiles.get(name)!;
    };
    const { 'files.eol': _, ...settings } = written.settings;
    const own = { folders: [...written.folders, { path: '/notes' }], settings: { ...settings, 'files.autoSave': 'off', 'editor.fontSize': 20 }, tasks: { version: '2.0.0', tasks: [] } };
    assert.deepEqual(JSON.parse(await open(JSON.stringify(own))), { ...own, settings: { ...own.settings, 'files.eol': '\n' } });
    assert.deepEqual(JSON.parse(await open('')), written);
    const commented = `// mine\n${first}`;
    assert.equal(await open(commented), commented);
  });

  it('ends when the token was revoked while there was no connection', async () => {
    const ben = new Other();
    const shares = ben.server.shares(WORKSPACE);
    const { share, token } = await shares.create({ role: 'edit', expiresInDays: 1, name: 'Guest' });
    const window = ann();
    await window.open(token);
    await window.loseConnection();
    await shares.revoke(share.id);
    const guest = new ServerApi(ben.server.address, token);
    await eventually('the server refuses the token', () => guest.me().then(() => false, ({ status }: ApiError) => status === 401));
    window.network.mend();
    await warned('You are signed out');
    await eventually('the token is forgotten', () => window.secrets.size === 0);
    assert.match(connection(), /Signed out/);
    ben.close();
  });

  for (const isConnected of [true, false]) {
    it(`keeps the token when the person loses the workspace alone, ${isConnected ? 'while connected' : 'while there was no connection'}`, async () => {
      const ben = new Other();
      await ben.setWorkspaceRole(VISITOR.id, 'editor');
      const vera = new ServerApi(ben.server.address, VISITOR.token);
      const sees = async () => (await vera.workspaces()).workspaces.some(({ name }) => name === WORKSPACE);
      await eventually('she sees the workspace', sees);
      const window = ann();
      await window.open(VISITOR.token);
      if (!isConnected) window.network.cut();
      await eventually('the window notices', () => connection().includes('Connected') === isConnected);
      await ben.setWorkspaceRole(VISITOR.id, null);
      await eventually('she does not see it any more', async () => !(await sees()));
      window.network.mend();
      await warned(isConnected ? `You may not read ${WORKSPACE} any more` : `There is no workspace ${WORKSPACE} any more, or you have no access`);
      assert.match(connection(), isConnected ? /No access/ : /Not found/);
      assert.deepEqual([...window.secrets.values()], [VISITOR.token]);
      assert.ok(!testWindow.sentences('warning').some((sentence) => sentence.includes('signed out')));
      ben.close();
    });
  }

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
