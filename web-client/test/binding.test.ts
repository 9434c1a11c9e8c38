import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as Y from 'yjs';
import { ModelBinding } from '../src/text/binding.js';
import { OwnUndo } from '../src/text/own-undo.js';
import { smallestEdit } from '@qide/client';
import { randomOf } from './random.js';
import { TextModel } from './text-model.js';

// Besides letters: a combining accent, a character of two halves, and separators that end no line in LSP or Monaco.
const WORDS = ['a', 'other', '\n', '  ', 'é', 'e\u0301', '🎉', '\u2028', '\u0085', '\u000b', 'x = 1\n', '\r\n'];

function bind(text: Y.Text, model: TextModel, undo = new OwnUndo(text)): ModelBinding {
  return new ModelBinding(text, model, undo, { undo: (direction) => void undo.run(direction) });
}

class Person {
  readonly doc = new Y.Doc();
  readonly text = this.doc.getText('content');
  readonly model: TextModel;
  readonly undo = new OwnUndo(this.text);
  readonly binding: ModelBinding;

  constructor(clientId: number, start = '') {
    this.doc.clientID = clientId;
    this.model = new TextModel(start);
    this.binding = bind(this.text, this.model, this.undo);
  }

  /** Types at an offset as the editor does, with the caret before it. */
  edit(offset: number, text: string): void {
    this.model.pushEditOperations([this.model.selectionAt(offset)], { rangeOffset: offset, rangeLength: 0, text });
  }
}

/** Two people whose documents exchange updates at once. */
function together(before: string): [Person, Person] {
  const ann = new Person(1);
  const bob = new Person(2);
  ann.doc.on('update', (update: Uint8Array, origin: unknown) => {
    if (origin !== 'bob') Y.applyUpdate(bob.doc, update, 'ann');
  });
  bob.doc.on('update', (update: Uint8Array, origin: unknown) => {
    if (origin !== 'ann') Y.applyUpdate(ann.doc, update, 'bob');
  });
  ann.text.insert(0, before);
  return [ann, bob];
}

function same(text: string, ...people: Person[]): void {
  for (const person of people) {
    person.binding.checkInvariants();
    assert.equal(person.model.getValue(), text);
  }
}

describe('ModelBinding', () => {
  it('carries typed text to the shared text and to the other model', () => {
    const [ann, bob] = together('one\ntwo\n');
    ann.model.type(4, 3, 'TWO!');
    same('one\nTWO!\n', ann, bob);
  });

  it('applies an edit at several positions, with offsets from before it', () => {
    const [ann, bob] = together('abcdef');
    ann.model.typeAtOnce([
      { rangeOffset: 0, rangeLength: 1, text: 'one' },
      { rangeOffset: 5, rangeLength: 1, text: 'six' },
    ]);
    same('onebcdesix', ann, bob);
  });

  it('undoes only one’s own edit, after a remote insert above', () => {
    const [ann, bob] = together('other.\n');
    ann.model.type(6, 0, 'join');
    bob.model.type(0, 0, 'import os\n');
    same('import os\nother.join\n', ann, bob);
    ann.model.undo();
    same('import os\nother.\n', ann, bob);
    ann.model.redo();
    same('import os\nother.join\n', ann, bob);
  });

  it('does not undo edits of others', () => {
    const [ann, bob] = together('');
    bob.model.type(0, 0, 'of Bob');
    ann.model.undo();
    same('of Bob', ann, bob);
  });

  it('undoes the steps that the editor ends, and restores the caret of each', () => {
    const [ann, bob] = together('');
    ann.edit(0, 'one');
    ann.edit(3, ' two');
    ann.model.pushStackElement();
    ann.edit(7, ' three');
    bob.model.type(0, 0, '> ');
    same('> one two three', ann, bob);
    assert.deepEqual(ann.undo.run('undo'), [{ anchor: 9, head: 9 }]);
    same('> one two', ann, bob);
    assert.deepEqual(ann.undo.run('undo')!.length, 1);
    same('> ', ann, bob);
    ann.model.redo();
    assert.deepEqual(ann.undo.run('redo'), [{ anchor: 15, head: 15 }]);
    same('> one two three', ann, bob);
    assert.equal(ann.undo.run('redo'), null);
  });

  it('continues a step that the editor reopens', () => {
    const [ann] = together('');
    ann.edit(0, 'a');
    ann.model.pushStackElement();
    ann.model.popStackElement();
    ann.edit(1, 'b');
    ann.model.undo();
    same('', ann);
  });

  it('keeps edits of several files apart from others', () => {
    const [ann] = together('');
    const rename = {};
    ann.edit(0, 'own');
    ann.undo.group = () => rename;
    ann.edit(3, ' renamed');
    ann.undo.group = () => null;
    ann.edit(11, '!');
    assert.equal(ann.undo.groupOf('undo'), null);
    ann.model.undo();
    assert.equal(ann.undo.groupOf('undo'), rename);
    ann.model.undo();
    same('own', ann);
    assert.equal(ann.undo.groupOf('redo'), rename);
  });

  it('undoes an edit that the server made in its turn, also when others deleted what was typed after it', () => {
    const [ann, bob] = together('');
    const undone: string[] = [];
    ann.edit(0, 'one');
    ann.undo.remember(() => undone.push('of the server'));
    ann.edit(3, ' two');
    bob.model.type(3, 4, '');
    ann.model.undo();
    assert.deepEqual(undone, ['of the server']);
    same('one', ann, bob);
    ann.edit(3, ' three');
    ann.model.undo();
    same('one', ann, bob);
    ann.model.undo();
    same('', ann, bob);
    ann.model.redo();
    same('one', ann, bob);
    assert.equal(undone.length, 1);
  });

  it('restores the caret of the step that it undoes, not of one that others made void', () => {
    const [ann, bob] = together('ab');
    ann.edit(1, 'one');
    ann.model.pushStackElement();
    ann.edit(5, ' two');
    bob.model.type(5, 4, '');
    assert.deepEqual(ann.undo.run('undo'), [{ anchor: 1, head: 1 }]);
    same('ab', ann, bob);
  });

  it('undoes nothing else in a file where others deleted its part of an edit of several files', () => {
    const [ann, bob] = together('');
    ann.edit(0, 'own');
    ann.undo.group = () => ann;
    ann.edit(3, ' renamed');
    bob.model.type(3, 8, '');
    assert.equal(ann.undo.run('undo'), null);
    same('own', ann, bob);
    ann.model.undo();
    same('', ann, bob);
  });

  it('does not continue a step before an edit that the server made', () => {
    const [ann] = together('');
    const undone: string[] = [];
    ann.edit(0, 'one');
    ann.undo.remember(() => undone.push('of the server'));
    ann.model.popStackElement();
    ann.edit(3, ' two');
    ann.model.undo();
    same('one', ann);
    assert.equal(undone.length, 0);
  });

  it('holds edits of others while an input method composes, and loses no letter of either', () => {
    for (const [theirs, expected] of [
      [(text: Y.Text) => text.insert(0, 'SAME '), 'SAME second line日本\n'],
      [(text: Y.Text) => text.insert(11, ' AFTER'), 'second line日本 AFTER\n'],
      [(text: Y.Text) => text.delete(0, 3), 'ond line日本\n'],
    ] as const) {
      const [ann, bob] = together('second line\n');
      ann.binding.compositionStarted();
      ann.model.type(11, 0, 'に');
      theirs(bob.text);
      assert.equal(ann.model.getValue(), 'second lineに\n', 'the model changed under the composition');
      ann.model.type(11, 1, 'にほん');
      ann.model.type(11, 3, '日本');
      ann.binding.compositionEnded();
      const is = ann.model.getValue();
      // Both inserted at one place: which comes first is the CRDT's choice.
      assert.ok(is === expected || is === 'second line AFTER日本\n', is);
      same(is, ann, bob);
      ann.model.undo();
      assert.ok(!/[に日]/.test(ann.text.toString()));
    }
  });

  it('gives the model its own undo back when it is unbound', () => {
    const model = new TextModel();
    const binding = bind(new Y.Doc().getText('content'), model);
    binding.dispose();
    assert.throws(() => model.undo(), /must never run/);
  });

  it('converts pasted line endings to LF', () => {
    const [ann, bob] = together('');
    ann.model.type(0, 0, 'one\r\ntwo\rthree\n');
    same('one\ntwo\nthree\n', ann, bob);
  });

  it('converts a model with other line endings to LF', () => {
    const doc = new Y.Doc();
    const model = new TextModel('one\r\ntwo', '\r\n');
    const binding = bind(doc.getText('content'), model);
    binding.checkInvariants();
  });

  it('removes carriage returns that another client inserts', async () => {
    const [ann, bob] = together('end');
    bob.text.insert(0, 'one\r\ntwo\rthree\n');
    await Promise.resolve();
    await Promise.resolve();
    same('one\ntwo\nthree\nend', ann, bob);
  });

  it('follows another client that types between the halves of a character', () => {
    const [ann, bob] = together('a🎉b\u2028🎉c');
    // A stock client that counts wrongly.
    ann.doc.transact(() => ann.text.insert(2, 'x'), 'stock');
    same('a\ufffdx\ufffdb\u2028🎉c', ann, bob);
    ann.doc.transact(() => ann.text.delete(6, 2), 'stock');
    bob.binding.checkInvariants();
    ann.binding.checkInvariants();
    assert.equal(ann.model.getValueLength(), ann.text.length);
  });

  it('refuses a model whose undo it cannot replace', () => {
    const model = new TextModel();
    Object.assign(model, { undo: undefined });
    assert.throws(() => bind(new Y.Doc().getText('content'), model), /undo/);
  });

  it('keeps both sides equal under random edits, remote edits, undo and redo', async () => {
    const seed = Number(process.env['QIDE_SEED'] ?? Date.now() % 1_000_000);
    const pick = randomOf(seed);
    const [ann, bob] = together('start\n');
    for (let step = 0; step < 1_500; step += 1) {
      const person = pick(2) === 0 ? ann : bob;
      const length = person.model.getValueLength();
      const at = snap(person.model.getValue(), pick(length + 1));
      const end = snap(person.model.getValue(), Math.min(length, at + pick(4)));
      switch (pick(9)) {
        case 8:
          if (pick(2) === 0) person.binding.compositionStarted();
          else person.binding.compositionEnded();
          break;
        case 0:
          person.model.undo();
          break;
        case 1:
          person.model.redo();
          break;
        case 2:
          person.text.insert(Math.min(at, person.text.length), WORDS[pick(WORDS.length)]!);
          await Promise.resolve();
          await Promise.resolve();
          break;
        case 3:
          person.model.pushStackElement();
          break;
        default:
          person.model.type(at, end - at, pick(3) === 0 ? '' : WORDS[pick(WORDS.length)]!);
      }
      ann.binding.checkInvariants();
      bob.binding.checkInvariants();
      if (step % 20 !== 0) continue;
      for (const { binding } of [ann, bob]) binding.compositionEnded();
      assert.equal(ann.model.getValue(), bob.model.getValue(), `seed ${seed}, step ${step}`);
    }
    for (const { binding } of [ann, bob]) binding.compositionEnded();
  });
});

describe('smallestEdit', () => {
  it('turns one text into the other', () => {
    for (const [before, after] of [
      ['', 'a'],
      ['a', ''],
      ['abc', 'abXc'],
      ['aaa', 'aa'],
      ['x🎉y', 'x🎊y'],
      ['🎉', '🎉🎉'],
    ] as const) {
      const edit = smallestEdit(before, after)!;
      assert.equal(before.slice(0, edit.offset) + edit.text + before.slice(edit.offset + edit.length), after);
      assert.ok(!/[\ud800-\udbff]$/.test(before.slice(0, edit.offset)), 'cuts a character in two');
      assert.ok(!/^[\udc00-\udfff]/.test(before.slice(edit.offset + edit.length)), 'cuts a character in two');
    }
    assert.equal(smallestEdit('same', 'same'), null);
  });
});

/** The nearest offset that is not inside a surrogate pair. */
function snap(text: string, offset: number): number {
  const unit = text.charCodeAt(offset);
  return unit >= 0xdc00 && unit <= 0xdfff ? offset - 1 : offset;
}
