import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as Y from 'yjs';
import { EditorBinding, type Change, type EditorDocument } from '../src/desktop/editor-binding.js';

/** Mulberry32. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function applied(text: string, change: Change): string {
  return [...change].sort((one, other) => other.offset - one.offset).reduce((all, { offset, length, text }) => all.slice(0, offset) + text + all.slice(offset + length), text);
}

/** VS Code moves a caret by what is inserted and deleted before it, and to the end of an edit that it is in. */
function caretAfter(caret: number, change: Change): number {
  const before = change.filter(({ offset }) => offset < caret);
  const covering = before.find(({ offset, length }) => offset + length > caret);
  const moved = before.filter((edit) => edit !== covering).reduce((sum, { length, text }) => sum + text.length - length, 0);
  return covering === undefined ? caret + moved : covering.offset + moved + covering.text.length;
}

/** A document as VS Code has one: the process of the window has the text, the extension learns of changes later. */
class Editor implements EditorDocument {
  private window: string;
  private seen: string;
  private version = 0;
  private seenVersion = 0;
  /** What is under way between the two processes, in order. */
  private readonly toWindow: (() => void)[] = [];
  private readonly toExtension: (() => void)[] = [];
  changed: (change: Change) => void = () => {};
  /** Where the person's caret is. */
  caret = 0;
  /** Changes that the window makes to each edit of the extension, such as trimming white space. */
  extra: Change = [];

  constructor(text: string) {
    this.window = this.seen = text;
  }

  text(): string {
    return this.seen;
  }

  get shown(): string {
    return this.window;
  }

  apply(change: Change): Promise<boolean> {
    const version = this.seenVersion;
    return new Promise((resolve) => {
      this.toWindow.push(() => {
        const isCurrent = version === this.version;
        if (isCurrent) this.make([...change, ...this.extra]);
        this.toExtension.push(() => resolve(isCurrent));
      });
    });
  }

  type(change: Change): void {
    this.make(change);
  }

  private make(change: Change): void {
    this.caret = caretAfter(this.caret, change);
    this.window = applied(this.window, change);
    this.version += 1;
    const [text, version] = [this.window, this.version];
    this.toExtension.push(() => {
      this.seen = text;
      this.seenVersion = version;
      this.changed(change);
    });
  }

  /** One message arrives, on the way that `random` chooses; false if none is under way. */
  async advance(random: (below: number) => number): Promise<boolean> {
    const ways = [this.toWindow, this.toExtension].filter(({ length }) => length > 0);
    const way = ways[ways.length > 0 ? random(ways.length) : 0];
    way?.shift()!();
    for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
    return way !== undefined;
  }
}

function bound(text: string) {
  const doc = new Y.Doc();
  const shared = doc.getText('content');
  shared.insert(0, text);
  const editor = new Editor(text);
  const binding = new EditorBinding(shared, editor, (error) => assert.fail(String(error)));
  editor.changed = (change) => binding.changed(change);
  return { doc, shared, editor, binding };
}

const always = () => 0;

async function settled(editor: Editor): Promise<void> {
  for (let quiet = 0; quiet < 3; ) quiet = (await editor.advance(always)) ? 0 : quiet + 1;
}

const PLANS = Number(process.env['QIDE_BINDING_PLANS'] ?? 60);

describe('EditorBinding', () => {
  it('keeps what is typed while an edit of somebody else is on its way', async () => {
    const { shared, editor } = bound('hello');
    await settled(editor);
    shared.insert(0, '>> ');
    await Promise.resolve();
    editor.type([{ offset: 5, length: 0, text: '!' }]);
    await settled(editor);
    assert.deepEqual([shared.toString(), editor.shown], ['>> hello!', '>> hello!']);
  });

  it('tells an equal edit of the person from that of somebody else', async () => {
    const { shared, editor } = bound('ab');
    await settled(editor);
    shared.insert(1, 'x');
    await Promise.resolve();
    editor.type([{ offset: 1, length: 0, text: 'x' }]);
    await settled(editor);
    assert.deepEqual([shared.toString(), editor.shown], ['axxb', 'axxb']);
  });

  it('follows what the editor changes in addition to an edit', async () => {
    const { shared, editor } = bound('one  \ntwo\n');
    await settled(editor);
    editor.extra = [{ offset: 3, length: 2, text: '' }];
    shared.insert(6, 'new ');
    await settled(editor);
    assert.deepEqual([shared.toString(), editor.shown], ['one\nnew two\n', 'one\nnew two\n']);
  });

  it('makes edits at distant places as several edits', async () => {
    const { doc, shared, editor } = bound(`first\n${'middle\n'.repeat(40)}last\n`);
    await settled(editor);
    const changes: Change[] = [];
    const { changed } = editor;
    editor.changed = (change) => {
      changes.push(change);
      changed(change);
    };
    doc.transact(() => {
      shared.insert(shared.length, 'end\n');
      shared.delete(0, 5);
      shared.insert(0, '1st');
    });
    await settled(editor);
    assert.equal(editor.shown, `1st\n${'middle\n'.repeat(40)}last\nend\n`);
    assert.deepEqual(changes.map((change) => change.length), [2]);
  });

  it('shows no carriage return, and removes it from the shared text', async () => {
    const { shared, editor } = bound('a\n');
    await settled(editor);
    shared.insert(2, 'b\r\nc\rd');
    await settled(editor);
    assert.deepEqual([shared.toString(), editor.shown], ['a\nb\nc\nd', 'a\nb\nc\nd']);
  });

  it('undoes only what the person wrote', async () => {
    const { shared, editor, binding } = bound('');
    await settled(editor);
    editor.type([{ offset: 0, length: 0, text: 'mine' }]);
    await settled(editor);
    shared.insert(4, ' theirs');
    await settled(editor);
    binding.undo.undo();
    await settled(editor);
    assert.deepEqual([shared.toString(), editor.shown], [' theirs', ' theirs']);
    binding.undo.redo();
    await settled(editor);
    assert.equal(editor.shown, 'mine theirs');
  });

  it('keeps the caret between two edits that are near to each other', async () => {
    const { doc, shared, editor } = bound('one two three');
    await settled(editor);
    editor.caret = 7;
    doc.transact(() => {
      shared.insert(8, 'or ');
      shared.insert(4, 'and ');
    });
    await settled(editor);
    assert.deepEqual([editor.shown, editor.caret], ['one and two or three', 11]);
  });

  it('keeps the caret in its line among equal lines', async () => {
    const { shared, editor } = bound('}\n}\n}\n');
    await settled(editor);
    editor.caret = 3;
    shared.insert(0, '}\n');
    await settled(editor);
    assert.deepEqual([editor.shown, editor.caret], ['}\n}\n}\n}\n', 5]);
  });

  it('never makes a caret jump', async () => {
    for (let seed = 1; seed <= PLANS / 4; seed += 1) await caretPlan(seed);
  });

  it('undoes all that the person typed and nothing else', async () => {
    for (let seed = 1; seed <= PLANS / 4; seed += 1) await undoPlan(seed);
  });

  it('keeps texts equal in random plans of two editors and a client without an editor', async () => {
    for (let seed = 1; seed <= PLANS; seed += 1) await plan(seed);
  });
});

const WORDS = ['a', 'bc', 'def\n', '\n', 'x y', '🎉', 'é', '  '];

/** Random edits of everybody, messages between them and within the editors in any order; at the end all texts are equal. */
async function plan(seed: number): Promise<void> {
  const random = randomOf(seed);
  const start = 'The first line\nThe second line 🎉\n';
  const origin = new Y.Doc();
  origin.getText('content').insert(0, start);
  const people = [0, 1, 2].map(() => {
    const doc = new Y.Doc();
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(origin));
    const shared = doc.getText('content');
    return { doc, shared, editor: new Editor(start), inbox: [] as Uint8Array[], typed: '' };
  });
  for (const person of people) {
    person.doc.on('update', (update: Uint8Array, source: unknown) => {
      if (source === 'net') return;
      for (const other of people) if (other !== person) other.inbox.push(update);
    });
  }
  const [first, second, program] = people as [(typeof people)[0], (typeof people)[0], (typeof people)[0]];
  for (const { shared, editor } of [first, second]) {
    const binding = new EditorBinding(shared, editor, (error) => assert.fail(String(error)));
    editor.changed = (change) => binding.changed(change);
  }
  for (let step = 0; step < 150; step += 1) {
    const person = people[random(3)]!;
    const text = person === program ? person.shared.toString() : person.editor.shown;
    switch (random(6)) {
      case 0:
      case 1: {
        const offset = boundary(text, random(text.length + 1));
        const length = random(3) === 0 ? boundary(text, Math.min(text.length, offset + random(6))) - offset : 0;
        const edit = { offset, length, text: WORDS[random(WORDS.length)]! };
        if (person === program) {
          person.doc.transact(() => {
            person.shared.delete(edit.offset, edit.length);
            person.shared.insert(edit.offset, edit.text);
          });
        } else {
          person.editor.type([edit]);
        }
        break;
      }
      case 2: {
        const update = person.inbox.shift();
        if (update) Y.applyUpdate(person.doc, update, 'net');
        break;
      }
      default:
        await person.editor.advance(random);
    }
  }
  const texts = () => [...people.map(({ shared }) => shared.toString()), first.editor.shown, second.editor.shown];
  const areEqual = () => texts().every((text, _, all) => text === all[0]);
  for (let round = 0, quiet = 0; round < 100 && (quiet < 2 || !areEqual()); round += 1) {
    quiet += 1;
    for (const person of people) {
      for (const update of person.inbox.splice(0)) {
        Y.applyUpdate(person.doc, update, 'net');
        quiet = 0;
      }
      while (await person.editor.advance(random)) quiet = 0;
    }
    // A binding whose edits were refused several times waits a moment.
    if (!areEqual()) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.ok(areEqual(), `seed ${seed}: ${JSON.stringify(texts())}`);
}

/** Others edit around a caret: it stays between its neighbours, wherever these are moved. */
async function caretPlan(seed: number): Promise<void> {
  const random = randomOf(seed);
  const { doc, shared, editor } = bound('}\n'.repeat(6) + 'one two three four five\n'.repeat(3));
  await settled(editor);
  for (let round = 0; round < 20; round += 1) {
    const caret = random(shared.length + 1);
    editor.caret = caret;
    // An insertion exactly at the caret may be on either side.
    const sides = [-1, 0].map((side) => Y.createRelativePositionFromTypeIndex(shared, caret, side));
    for (let edits = 1 + random(3); edits > 0; edits -= 1) {
      const isTogether = random(2) === 0;
      const edit = () => {
        const offset = random(shared.length + 1);
        if (random(3) === 0) shared.delete(offset, Math.min(random(8), shared.length - offset));
        else shared.insert(offset, ['}\n', 'one ', 'x'][random(3)]!);
      };
      doc.transact(() => [edit, ...(isTogether ? [edit] : [])].forEach((one) => one()));
      if (random(2) === 0) await editor.advance(random);
    }
    await settled(editor);
    const allowed = sides.map((side) => Y.createAbsolutePositionFromRelativePosition(side, doc)!.index);
    assert.equal(editor.shown, shared.toString(), `seed ${seed}`);
    assert.ok(allowed.includes(editor.caret), `seed ${seed}, round ${round}: the caret is at ${editor.caret}, and belongs at ${allowed.join(' or ')}`);
  }
}

/** A person and a program type words that nobody else types; then the person undoes and redoes everything. */
async function undoPlan(seed: number): Promise<void> {
  const random = randomOf(seed);
  const { shared, editor, binding } = bound('start\n');
  binding.undo.captureTimeout = 0;
  const words = { own: [] as string[], others: [] as string[] };
  for (let step = 0; step < 80; step += 1) {
    switch (random(4)) {
      case 0: {
        const word = `own${words.own.length}.`;
        words.own.push(word);
        const places = [0, ...[...editor.shown.matchAll(/[.\n]/g)].map(({ index }) => index + 1)];
        editor.type([{ offset: places[random(places.length)]!, length: 0, text: word }]);
        break;
      }
      case 1: {
        const word = `other${words.others.length}.`;
        words.others.push(word);
        const places = [0, ...[...shared.toString().matchAll(/[.\n]/g)].map(({ index }) => index + 1)];
        shared.insert(places[random(places.length)]!, word);
        break;
      }
      default:
        await editor.advance(random);
    }
  }
  await settledWith(editor, shared);
  const whole = shared.toString();
  while (binding.undo.undoStack.length > 0) binding.undo.undo();
  await settledWith(editor, shared);
  assert.deepEqual([words.own.filter((word) => editor.shown.includes(word)), words.others.filter((word) => !editor.shown.includes(word))], [[], []], `seed ${seed}`);
  while (binding.undo.redoStack.length > 0) binding.undo.redo();
  await settledWith(editor, shared);
  assert.equal(editor.shown, whole, `seed ${seed}`);
}

/** Waits until the editor shows the shared text; a binding whose edits were refused several times waits a moment. */
async function settledWith(editor: Editor, shared: Y.Text): Promise<void> {
  for (let round = 0; round < 200; round += 1) {
    await settled(editor);
    if (editor.shown === shared.toString()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(editor.shown, shared.toString());
}

/** The nearest offset that is not within a character. */
function boundary(text: string, offset: number): number {
  const unit = text.charCodeAt(offset);
  return unit >= 0xdc00 && unit <= 0xdfff ? offset - 1 : offset;
}
