import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { FilePermission, FileSystemError } from '../vscode/values.js';
import { TestView } from '../vscode/view.js';
import { testWindow } from '../vscode/window.js';
import { eventually, FOLDER, MEMBER, Other, TOKEN, VsCode, WORKSPACE } from './person.js';

const onDisk = (path: string) => readFileSync(join(FOLDER, path), 'utf8');
/** How long a document may take to load, and stays open without an editor. */
const LIMITS = [15_000, 30_000];
/** How long saving waits until the server has stored the edits. */
const SAVING = [10_000];
const editsItem = () => testWindow.statusItems.get('edits')!.text;

/** Lets waits of these lengths end at once, and tells which have ended. */
function hurry(waits: readonly number[]) {
  const real = globalThis.setTimeout;
  const ended = new Set<number>();
  const hurried = (work: (...parameters: unknown[]) => void, wait = 0, ...parameters: unknown[]) => {
    if (!waits.includes(wait)) return real(work, wait, ...parameters);
    return real(() => {
      ended.add(wait);
      work(...parameters);
    }, 1);
  };
  globalThis.setTimeout = hurried as typeof setTimeout;
  return { ended, stop: () => void (globalThis.setTimeout = real) };
}

describe('shared documents in VS Code', () => {
  const ben = new Other();
  let ann: VsCode;
  before(() => ben.workspace.ready());
  after(() => ben.close());
  beforeEach(async () => {
    ann = new VsCode();
    await ann.open(TOKEN);
  });
  afterEach(() => ann.close());

  /** A file that both have open. */
  async function open(path: string, text: string) {
    await ben.files.write(path, new TextEncoder().encode(text), null);
    const [document, theirs] = [await ann.show(path), await ben.document(path)];
    assert.equal(document.getText(), text);
    return { document, theirs };
  }

  it('have the edits of everybody, and are saved when the server has stored them', async () => {
    const { document, theirs } = await open('both.txt', 'one\ntwo\n');
    testWindow.type(document, 3, 0, ' from Ann');
    theirs.text.insert(theirs.text.length, 'from Ben\n');
    await eventually('both have both', () => document.getText() === 'one from Ann\ntwo\nfrom Ben\n' && theirs.text.toString() === document.getText());
    await testWindow.save(document);
    assert.equal(document.isDirty, false);
    await eventually('the file has it', () => onDisk('both.txt') === document.getText());
  });

  it('do not call an edit saved that the server refuses', async () => {
    writeFileSync(join(FOLDER, 'fixed.txt'), 'fixed\n', { mode: 0o444 });
    const [document, theirs] = [await ann.show('fixed.txt'), await ben.document('fixed.txt')];
    await eventually('the window knows that the file is read-only', () => document.isReadOnly);
    // The person typed before that.
    document.isReadOnly = false;
    testWindow.type(document, 5, 0, '?');
    await assert.rejects(testWindow.save(document), (error: unknown) => error instanceof FileSystemError && error.code === 'NoPermissions');
    assert.deepEqual([document.getText(), document.isDirty], ['fixed?\n', true]);
    assert.deepEqual([theirs.text.toString(), onDisk('fixed.txt')], ['fixed\n', 'fixed\n']);
  });

  it('are read-only for a viewer', async () => {
    const { token } = await ben.server.shares(WORKSPACE).create({ role: 'view', expiresInDays: 1, name: 'Viewer' });
    await ben.files.write('viewed.txt', new TextEncoder().encode('viewed\n'), null);
    ann.close();
    ann = new VsCode();
    await ann.open(token);
    const document = await ann.show('viewed.txt');
    assert.equal(testWindow.type(document, 0, 0, 'x'), false);
    const theirs = await ben.document('viewed.txt');
    theirs.text.insert(0, 'still ');
    await eventually('the viewer sees edits', () => document.getText() === 'still viewed\n');
  });

  it('follow a role that an owner changed while the connection was lost, as the other files and the chat do', async () => {
    ann.close();
    ann = new VsCode();
    await ann.open(MEMBER.token);
    const { document, theirs } = await open('role.txt', 'text\n');
    await ben.files.write('beside.txt', new TextEncoder().encode('beside\n'), null);
    await eventually('the other file is listed', () => testWindow.files.stat(ann.uri('beside.txt')).then(() => true));
    const chat = new TestView();
    testWindow.viewProviders.get('qide.chat')!.resolveWebviewView(chat);
    chat.send({ action: 'ready' });
    for (const role of ['viewer', 'editor'] as const) {
      await ann.loseConnection();
      await ben.setRole(MEMBER.id, role);
      ann.network.mend();
      const mayEdit = role === 'editor';
      await eventually(`the window knows that the person is ${role}`, () => testWindow.sentences('information').some((sentence) => sentence.startsWith(mayEdit ? 'You may now edit' : 'You may now only read')));
      await eventually('the editor follows', () => document.isReadOnly === !mayEdit);
      assert.equal((await testWindow.files.stat(ann.uri('beside.txt'))).permissions, mayEdit ? undefined : FilePermission.Readonly);
      assert.deepEqual(chat.received.at(-1), { event: 'access', mayEdit });
    }
    testWindow.type(document, 0, 0, 'more ');
    await eventually('it is shared', () => theirs.text.toString() === 'more text\n');
    await ann.loseConnection();
    ann.network.mend();
    await eventually('the window is connected again', () => testWindow.statusItems.get('connection')!.text.includes('Connected'));
    await testWindow.save(document);
    assert.equal(testWindow.sentences('information').length, 2, 'only changes are told');
  });

  it('merge what both typed while the connection was lost', async () => {
    const { document, theirs } = await open('offline.txt', 'middle\n');
    await ann.loseConnection();
    testWindow.type(document, 0, 0, 'Ann\n');
    theirs.text.insert(theirs.text.length, 'Ben\n');
    assert.match(editsItem(), /1 edit kept here/);
    assert.ok(testWindow.log.some((line) => line.startsWith('connection.lost {"code":')), testWindow.log.join('\n'));
    assert.ok(testWindow.log.every((line) => !line.includes(TOKEN) && !line.includes('middle')));
    ann.network.mend();
    await eventually('both have both', () => document.getText() === 'Ann\nmiddle\nBen\n' && theirs.text.toString() === document.getText());
    await eventually('the window says that it is stored', () => editsItem().includes('Saved'));
    await testWindow.save(document);
    assert.equal(document.isDirty, false);
  });

  it('are saved when an edit is stored whose save failed while the connection was lost', async () => {
    const { document } = await open('saved-late.txt', 'text\n');
    await ann.loseConnection();
    testWindow.type(document, 0, 0, 'late ');
    const { stop } = hurry(SAVING);
    try {
      await assert.rejects(testWindow.autoSave(document), (error: unknown) => error instanceof FileSystemError && error.code === 'Unavailable');
    } finally {
      stop();
    }
    ann.network.mend();
    await eventually('the file has it', () => onDisk('saved-late.txt') === 'late text\n');
    await eventually('the editor is saved', () => testWindow.autoSave(document).then(() => !document.isDirty));
  });

  it('keep what is typed in a file that is closed and opened again while the connection is lost', async () => {
    const { document, theirs } = await open('reopened.txt', 'text\n');
    await ann.loseConnection();
    testWindow.type(document, 0, 0, 'first ');
    testWindow.close(document);
    const again = await testWindow.show(ann.uri('reopened.txt'));
    assert.equal(again.getText(), 'first text\n');
    testWindow.type(again, 0, 0, 'second ');
    await eventually('both edits are kept', () => editsItem().includes('2 edits kept here'));
    theirs.text.insert(theirs.text.length, 'Ben\n');
    ann.network.mend();
    await eventually('both have both', () => again.getText() === 'second first text\nBen\n' && theirs.text.toString() === again.getText());
    testWindow.type(again, 0, 0, '> ');
    await eventually('it is shared', () => theirs.text.toString() === '> second first text\nBen\n');
  });

  it('are opened again with the edits that were made while the connection is lost, also when the tree has changed before', async () => {
    const { document } = await open('offline again.txt', 'text\n');
    const changed = new Promise<void>((resolve) => {
      const subscription = testWindow.files.onDidChangeFile((changes) => {
        if (!changes.some(({ uri }) => uri.path.endsWith('/beside it.txt'))) return;
        subscription.dispose();
        resolve();
      });
    });
    await ben.files.write('beside it.txt', new Uint8Array(), null);
    await changed;
    await ann.loseConnection();
    testWindow.type(document, 0, 0, 'more ');
    testWindow.close(document);
    const again = await testWindow.show(ann.uri('offline again.txt'));
    assert.equal(again.getText(), 'more text\n');
    await assert.rejects(testWindow.show(ann.uri('never there.txt')), (error: unknown) => error instanceof FileSystemError && error.code === 'Unavailable');
    ann.network.mend();
    await eventually('the file has it', () => onDisk('offline again.txt') === 'more text\n');
  });

  it('keep what is typed before the shared text has arrived', async () => {
    const paths = Array.from({ length: 65 }, (_, at) => `many-${at}.txt`);
    for (const path of paths) writeFileSync(join(FOLDER, path), 'text\n');
    const last = paths.pop()!;
    for (const path of paths) await eventually(`${path} is read`, () => testWindow.files.readFile(ann.uri(path)).then(() => true));
    const document = await ann.show(last);
    testWindow.type(document, 0, 0, 'typed ');
    testWindow.type(document, 0, 0, 'also ');
    await eventually('it is shared', () => onDisk(last) === 'also typed text\n');
    assert.deepEqual([document.getText(), testWindow.documents.length], ['also typed text\n', 1]);
    await testWindow.save(document);
    const theirs = await ben.document(last);
    theirs.text.insert(0, 'Ben: ');
    await eventually('edits of others arrive', () => document.getText() === 'Ben: also typed text\n');
  });

  it('keep what is typed while the editor takes over the shared text, and offer what the editor had', async () => {
    const { document } = await open('taken over.txt', 'first\n');
    await ben.files.deleteFile('taken over.txt', await ben.files.version('taken over.txt'));
    await eventually('the person learns it', () => testWindow.sentences('warning').some((sentence) => sentence.includes('was deleted or moved')));
    testWindow.type(document, 0, 0, 'my ');
    testWindow.afterEdit = () => {
      testWindow.afterEdit = () => {};
      testWindow.type(document, 0, 0, 'the ');
    };
    writeFileSync(join(FOLDER, 'taken over.txt'), 'second\n');
    await eventually('it is shared', () => onDisk('taken over.txt') === 'the second\n');
    assert.deepEqual(testWindow.documents.map((one) => one.getText()), ['the second\n', 'my first\n']);
    assert.match(testWindow.sentences('information')[0]!, /as this window had it last: compare/);
  });

  it('offer a text that the editor kept from an earlier window', async () => {
    await ben.files.write('restored.txt', new TextEncoder().encode('stored\n'), null);
    const document = testWindow.restore(ann.uri('restored.txt'), 'unsaved\n');
    await eventually('the document has the shared text', () => document.getText() === 'stored\n');
    await eventually('the other text is offered', () => testWindow.documents.some((one) => one.getText() === 'unsaved\n'));
    assert.equal(onDisk('restored.txt'), 'stored\n');
  });

  it('keep what is typed in a file that the server does not share, also when it could share it later', async () => {
    writeFileSync(join(FOLDER, 'large.txt'), 'long\n'.repeat(1_200_000));
    const document = await ann.show('large.txt');
    const refusals = () => testWindow.log.filter((line) => line.startsWith('document.closed') && line.includes('file-too-large')).length;
    await eventually('the server refuses it to the reader and to the editor', () => refusals() === 2);
    testWindow.type(document, 0, 0, 'typed ');
    await ann.loseConnection();
    writeFileSync(join(FOLDER, 'large.txt'), 'short\n');
    ann.network.mend();
    await eventually('the window is connected again', () => testWindow.statusItems.get('connection')!.text.includes('Connected'));
    const { document: other } = await open('shared later.txt', 'text\n');
    testWindow.type(other, 0, 0, 'more ');
    await testWindow.save(other);
    assert.equal(document.getText().slice(0, 11), 'typed long\n');
    await assert.rejects(testWindow.save(document), (error: unknown) => error instanceof FileSystemError && error.message.includes('has changed since it was opened here'));
    assert.equal(onDisk('large.txt'), 'short\n');
  });

  it('follow a file without edits here that was moved while the connection was lost, when another file has its path', async () => {
    const { document } = await open('path of two.txt', 'text\n');
    await ann.loseConnection();
    await ben.files.move('path of two.txt', 'path of one.txt');
    await ben.files.write('path of two.txt', new TextEncoder().encode('another file\n'), null);
    ann.network.mend();
    await eventually('the editor shows the new path', () => testWindow.active?.document.uri.path.endsWith('/path of one.txt'));
    await eventually('the old one is closed', () => document.isClosed);
    const moved = testWindow.active!.document;
    testWindow.type(moved, 0, 0, '> ');
    await eventually('it is shared', () => onDisk('path of one.txt') === '> text\n');
    assert.equal(onDisk('path of two.txt'), 'another file\n');
    assert.deepEqual(testWindow.sentences('warning'), []);
  });

  for (const by of ['somebody else', 'a tool']) {
    it(`follow a file that ${by} moved while the connection was lost, with the edits of that time`, async () => {
      const [from, to] = [`lost by ${by}.txt`, `found by ${by}.txt`];
      const { document } = await open(from, 'text\n');
      await ann.loseConnection();
      testWindow.type(document, 0, 0, 'held ');
      let isKnown = false;
      const listener = ben.workspace.on('qide/fileChanged', ({ path, movedTo }) => (isKnown ||= path === from && movedTo === to));
      if (by === 'a tool') renameSync(join(FOLDER, from), join(FOLDER, to));
      else await ben.files.move(from, to);
      await eventually('others learn it', () => isKnown);
      listener.dispose();
      // The same path is no reason to take it for the same document.
      await ben.files.write(from, new TextEncoder().encode('another file\n'), null);
      ann.network.mend();
      await eventually('the editor shows the new path', () => testWindow.active?.document.uri.path.endsWith(`/${to}`));
      await eventually('everything is in the file', () => onDisk(to) === 'held text\n');
      testWindow.type(testWindow.active!.document, 0, 0, '> ');
      await eventually('it is shared', () => onDisk(to) === '> held text\n');
      assert.equal(onDisk(from), 'another file\n');
      assert.deepEqual(testWindow.sentences('warning'), []);
    });
  }

  it('keep the text when somebody else deleted the file while the connection was lost, and save it as a file again', async () => {
    const { document } = await open('deleted.txt', 'text\n');
    await ann.loseConnection();
    testWindow.type(document, 0, 0, 'held ');
    await ben.files.deleteFile('deleted.txt', await ben.files.version('deleted.txt'));
    ann.network.mend();
    await eventually('the person learns it', () => testWindow.sentences('warning').some((sentence) => sentence.includes('was deleted or moved')));
    assert.deepEqual([document.getText(), document.isDirty], ['held text\n', true]);
    await testWindow.save(document);
    await eventually('the text is a file again', () => onDisk('deleted.txt') === 'held text\n');
  });

  it('keep what is typed while a deleted file is being saved again', async () => {
    const { document } = await open('saved again.txt', 'text\n');
    await ben.files.deleteFile('saved again.txt', await ben.files.version('saved again.txt'));
    await eventually('the person learns it', () => testWindow.sentences('warning').some((sentence) => sentence.includes('was deleted or moved')));
    testWindow.type(document, 0, 0, 'held ');
    const saving = testWindow.save(document);
    testWindow.type(document, 0, 0, 'more ');
    await saving;
    await eventually('everything is in the file', () => onDisk('saved again.txt') === 'more held text\n');
    assert.deepEqual([document.getText(), testWindow.documents.length], ['more held text\n', 1]);
    const theirs = await ben.document('saved again.txt');
    theirs.text.insert(0, 'Ben: ');
    await eventually('edits of others arrive', () => document.getText() === 'Ben: more held text\n');
  });

  for (const isHeld of [false, true]) {
    it(`follow a file that somebody else moves, with edits that the server ${isHeld ? 'does not have' : 'has'}`, async () => {
      const [from, to] = [`from-${isHeld}.txt`, `to-${isHeld}.txt`];
      const { document } = await open(from, 'text\n');
      if (isHeld) ann.network.hold();
      testWindow.type(document, 0, 0, 'typed ');
      if (!isHeld) await testWindow.save(document);
      await ben.files.move(from, to);
      if (isHeld) {
        await eventually('the window knows the move', () => testWindow.log.some((line) => line.startsWith('document.closed')));
        testWindow.type(document, 0, 0, 'also ');
        ann.network.release();
      }
      await eventually('the editor shows the new path', () => testWindow.active?.document.uri.path.endsWith(`/${to}`));
      const whole = isHeld ? 'also typed text\n' : 'typed text\n';
      const moved = testWindow.active!.document;
      await eventually('everything is in the file', () => onDisk(to) === whole && moved.getText() === whole);
      testWindow.type(moved, 0, 0, '> ');
      await eventually('it is shared', () => onDisk(to) === `> ${whole}`);
      assert.equal(document.isClosed, true);
      assert.equal(existsSync(join(FOLDER, from)), false);
      assert.deepEqual(testWindow.sentences('warning'), []);
    });
  }

  for (const isSaved of [true, false]) {
    it(`leave a document alone that VS Code keeps when its file, ${isSaved ? 'saved' : 'not saved'}, was moved`, async () => {
      const [from, to] = [`kept ${isSaved}.txt`, `moved from kept ${isSaved}.txt`];
      const { document, theirs } = await open(from, 'text\n');
      testWindow.keepsDocuments = true;
      testWindow.type(document, 0, 0, 'typed ');
      await eventually('it is shared', () => theirs.text.toString() === 'typed text\n');
      if (isSaved) await testWindow.save(document);
      await ben.files.move(from, to);
      await eventually('the editor shows the new path', () => testWindow.active?.document.uri.path.endsWith(`/${to}`));
      const moved = testWindow.active!.document;
      await eventually('it has the text', () => moved.getText() === 'typed text\n');
      testWindow.type(moved, 0, 0, '> ');
      await eventually('it is shared there', () => onDisk(to) === '> typed text\n');
      const ours = await ben.document(to);
      ours.text.insert(0, 'Ben: ');
      await eventually('edits of others arrive', () => moved.getText() === 'Ben: > typed text\n');
      // VS Code shows a document with edits again.
      assert.deepEqual([document.isClosed, document.isDirty], [false, false]);
      assert.equal(existsSync(join(FOLDER, from)), false);
      await ben.files.write(from, new TextEncoder().encode('another file\n'), null);
      const again = await ann.show(from);
      await eventually('the old path shows the file that it has now', () => again.getText() === 'another file\n');
      testWindow.type(again, 0, 0, 'Ann: ');
      await eventually('it is shared as well', () => onDisk(from) === 'Ann: another file\n');
      await eventually('the moved file has its own text', () => onDisk(to) === 'Ben: > typed text\n' && moved.getText() === onDisk(to));
      assert.deepEqual([testWindow.sentences('warning'), testWindow.sentences('error')], [[], []]);
    });
  }

  for (const meanwhile of ['nothing happens', 'it is moved again', 'the person closes its editor'] as const) {
    it(`follow a file that is moved right before a long loss of the connection, while ${meanwhile}`, async () => {
      const [from, to, further] = [`before ${meanwhile}.txt`, `when ${meanwhile}.txt`, `after ${meanwhile}.txt`];
      const { document } = await open(from, 'text\n');
      ann.network.hold();
      testWindow.type(document, 0, 0, 'typed ');
      const { ended, stop } = hurry(LIMITS);
      try {
        await ben.files.move(from, to);
        await eventually('the window has waited long', () => ended.size === LIMITS.length);
      } finally {
        stop();
      }
      await ann.loseConnection();
      testWindow.type(document, 0, 0, 'also ');
      assert.match(editsItem(), /2 edits kept here/);
      await assert.rejects(testWindow.save(document), (error: unknown) => error instanceof FileSystemError && error.message.includes(`moved to ${to}`));
      if (meanwhile === 'it is moved again') await ben.files.move(to, further);
      if (meanwhile === 'the person closes its editor') testWindow.close(document);
      ann.network.mend();
      const last = meanwhile === 'it is moved again' ? further : to;
      await eventually('everything is in the file', () => onDisk(last) === 'also typed text\n');
      if (meanwhile !== 'the person closes its editor') await eventually('the editor shows the new path', () => testWindow.active?.document.uri.path.endsWith(`/${last}`));
      assert.equal(existsSync(join(FOLDER, from)), false);
      assert.deepEqual(testWindow.sentences('warning'), []);
    });
  }

  for (const hasEdits of [false, true]) {
    it(`leave in front what the person looks at when a file behind it is moved, ${hasEdits ? 'with' : 'without'} edits that are not saved`, async () => {
      const [from, to] = [`behind ${hasEdits}.txt`, `moved behind ${hasEdits}.txt`];
      const { document, theirs } = await open(from, 'text\n');
      const { document: front } = await open(`front ${hasEdits}.txt`, 'front\n');
      if (hasEdits) testWindow.type(document, 0, 0, 'more ');
      await eventually('it is shared', () => theirs.text.toString() === document.getText());
      await ben.files.move(from, to);
      const tabs = () => [...testWindow.documents.map(({ uri }) => uri), ...testWindow.background].map(({ path }) => path);
      await eventually('the window has the new path', () => tabs().includes(ann.uri(to).path));
      await eventually('the person sees the same file', () => testWindow.active?.document === front);
      assert.equal(testWindow.documents.includes(document), hasEdits, 'VS Code does not close a tab with edits behind another one');
      const moved = await ann.show(to);
      const ours = await ben.document(to);
      testWindow.type(moved, 0, 0, 'Ann: ');
      await eventually('it is shared at its new path', () => ours.text.toString() === (hasEdits ? 'Ann: more text\n' : 'Ann: text\n'));
    });
  }

  it('stay shared when a file is moved and moved back during a loss of the connection', async () => {
    const { document } = await open('there.txt', 'text\n');
    ann.network.hold();
    testWindow.type(document, 0, 0, 'typed ');
    const before = testWindow.log.length;
    await ben.files.move('there.txt', 'away.txt');
    await eventually('the window knows the move', () => testWindow.log.slice(before).some((line) => line.startsWith('document.closed')));
    await ann.loseConnection();
    testWindow.type(document, 0, 0, 'also ');
    await ben.files.move('away.txt', 'there.txt');
    ann.network.mend();
    await eventually('everything is in the file', () => onDisk('there.txt') === 'also typed text\n');
    const theirs = await ben.document('there.txt');
    theirs.text.insert(0, 'Ben: ');
    await eventually('edits of others arrive once', () => document.getText() === 'Ben: also typed text\n');
    testWindow.type(document, 0, 0, '> ');
    await eventually('own edits arrive once', () => theirs.text.toString() === '> Ben: also typed text\n');
    assert.equal(document.getText(), '> Ben: also typed text\n');
    await testWindow.save(document);
  });

  it('stay shared when the person moves the file over another one', async () => {
    const { document } = await open('mine.txt', 'mine\n');
    await ben.files.write('target.txt', new TextEncoder().encode('target\n'), null);
    await ann.show('target.txt').then((target) => testWindow.close(target));
    testWindow.type(document, 4, 0, '!');
    const moved = await testWindow.rename(ann.uri('mine.txt'), ann.uri('target.txt'), true);
    await eventually('the new path has the text', () => moved.getText() === 'mine!\n');
    const theirs = await ben.document('target.txt');
    theirs.text.insert(0, 'Ben: ');
    await eventually('edits of others arrive', () => moved.getText() === 'Ben: mine!\n');
    testWindow.type(moved, 0, 0, '> ');
    await eventually('own edits arrive', () => theirs.text.toString() === '> Ben: mine!\n');
  });

  it('follow a file that somebody else moves to the path of a deleted one, which is open too', async () => {
    const { document } = await open('source.txt', 'source\n');
    const { document: deleted } = await open('deleted before.txt', 'deleted\n');
    testWindow.type(document, 0, 0, 'the ');
    await testWindow.save(await testWindow.show(document));
    await ben.files.deleteFile('deleted before.txt', await ben.files.version('deleted before.txt'));
    await ben.files.move('source.txt', 'deleted before.txt');
    await eventually('the editor of the new path shows it', () => deleted.getText() === 'the source\n');
    await eventually('that of the old path is closed', () => document.isClosed);
    testWindow.type(deleted, 0, 0, '> ');
    await eventually('it is shared', () => onDisk('deleted before.txt') === '> the source\n');
    await testWindow.save(deleted);
    assert.equal(existsSync(join(FOLDER, 'source.txt')), false);
    assert.equal(testWindow.documents.length, 1);
  });

  it('follow a file that was moved while the connection was lost, and opened at its new path before that was known', async () => {
    const { document } = await open('old path.txt', 'text\n');
    await ann.loseConnection();
    testWindow.type(document, 0, 0, 'held ');
    await ben.files.move('old path.txt', 'new path.txt');
    ann.network.mend();
    const opened = await ann.show('new path.txt');
    assert.equal(document.isClosed, false, 'the move is not known yet');
    testWindow.type(opened, opened.getText().length, 0, 'more\n');
    await eventually('everything is in the file', () => onDisk('new path.txt') === 'held text\nmore\n');
    await eventually('the editor of the new path shows it', () => opened.getText() === 'held text\nmore\n');
    testWindow.type(opened, 0, 0, '> ');
    await eventually('it is shared', () => onDisk('new path.txt') === '> held text\nmore\n');
    assert.equal(testWindow.documents.find((one) => one.uri.scheme === 'untitled'), undefined);
    assert.deepEqual(testWindow.sentences('warning'), []);
  });

  it('say so when the file was deleted, and are shared again when it is back', async () => {
    const { document } = await open('again.txt', 'first\n');
    await ben.files.deleteFile('again.txt', await ben.files.version('again.txt'));
    await eventually('the person learns it', () => testWindow.sentences('warning').some((sentence) => sentence.includes('was deleted or moved')));
    assert.equal(document.getText(), 'first\n');
    writeFileSync(join(FOLDER, 'again.txt'), 'second\n');
    await eventually('the new text is shown', () => document.getText() === 'second\n');
    testWindow.type(document, 0, 0, 'the ');
    await eventually('and is edited', () => onDisk('again.txt') === 'the second\n');
  });

  it('keep what is typed while an edit of somebody else is on its way to the editor', async () => {
    const { document, theirs } = await open('race.txt', '0\n');
    let typed = 0;
    testWindow.beforeEdit = () => {
      if (typed < 5) testWindow.type(document, document.getText().indexOf('\n'), 0, String((typed += 1)));
    };
    for (const letter of 'abcde') theirs.text.insert(0, letter);
    await eventually('all is there', () => document.getText() === 'edcba012345\n' && theirs.text.toString() === document.getText());
  });

  it('undo only the person’s own edits', async () => {
    const { document, theirs } = await open('undo.txt', '\n');
    testWindow.type(document, 0, 0, 'mine');
    await eventually('it is there', () => theirs.text.toString() === 'mine\n');
    theirs.text.insert(2, 'THEIRS');
    await eventually('theirs too', () => document.getText() === 'miTHEIRSne\n');
    await testWindow.commands.get('qide.undo')!();
    await eventually('theirs is left', () => document.getText() === 'THEIRS\n' && theirs.text.toString() === 'THEIRS\n');
    await testWindow.commands.get('qide.redo')!();
    await eventually('mine is back', () => document.getText() === 'miTHEIRSne\n' && theirs.text.toString() === document.getText());
  });
});
