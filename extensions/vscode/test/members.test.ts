import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PresenceParams } from '@qide/client';
import { coloursOf, identityOf, initialsOf, membersOf, PERSON_COLOURS, type PresenceState } from '../src/members/members.js';

const ANN = { id: '1', name: 'Ann' };
const CARET = { anchor: {}, head: {} };
const NOTHING_REPORTED: ReadonlyMap<string, PresenceParams['members']> = new Map();

function open(path: string, ...states: [number, PresenceState][]) {
  return { path, ownClient: 1, states: new Map<number, PresenceState>([[1, { user: { name: 'Ann' } }], ...states]) };
}

/** One line per member, such as `Bob: a.py, b.py`. */
function lines(members: ReturnType<typeof membersOf>): string[] {
  return members.map(({ name, isSelf, places }) => `${name}${isSelf ? ' (self)' : ''}: ${places.map(({ path }) => path).join(', ')}`);
}

describe('identityOf', () => {
  it('takes the login that the server names, whatever the client claims', () => {
    const state = { qide: { id: '2', name: 'Bob' }, user: { name: 'Ann' } };
    assert.deepEqual(identityOf(state), { key: 'id:2', name: 'Bob' });
  });

  it('takes the client’s name when the server names nobody', () => {
    assert.deepEqual(identityOf({ user: { name: ' Bob ' } }), { key: 'name:Bob', name: 'Bob' });
  });

  it('is null without a name', () => {
    for (const state of [{}, { user: {} }, { user: { name: 7 } }, { user: { name: '\u0000' } }]) {
      assert.equal(identityOf(state), null);
    }
  });

  it('removes unsafe characters from a name', () => {
    assert.equal(identityOf({ user: { name: 'a\u202Eb\nc' } })!.name, 'a b c');
    assert.equal([...identityOf({ user: { name: '🎉'.repeat(99) } })!.name].length, 40);
  });
});

describe('membersOf', () => {
  it('puts this person first and leaves out this window', () => {
    assert.deepEqual(lines(membersOf(ANN, [open('a.py', [2, { qide: { id: '2', name: 'Bob' }, selection: CARET }])], NOTHING_REPORTED)), [
      'Ann (self): ',
      'Bob: a.py',
    ]);
  });

  it('recognises another window of the same person', () => {
    const other: [number, PresenceState] = [5, { qide: { id: '1', name: 'Ann' }, selection: CARET }];
    assert.deepEqual(lines(membersOf(ANN, [open('a.py', other)], NOTHING_REPORTED)), ['Ann (self): a.py']);
  });

  it('lists the file that a person is viewing rather than all their open files', () => {
    const bob = { qide: { id: '2', name: 'Bob' } };
    const files = [open('a.py', [2, bob]), open('b.py', [3, { ...bob, selection: CARET }]), open('c.py', [4, { ...bob, selection: null }])];
    assert.deepEqual(lines(membersOf(ANN, files, NOTHING_REPORTED)), ['Ann (self): ', 'Bob: b.py']);
    assert.deepEqual(lines(membersOf(ANN, [files[0]!], NOTHING_REPORTED)), ['Ann (self): ', 'Bob: a.py']);
  });

  it('takes the server’s report only for files that are not open here', () => {
    const reported = new Map([
      ['a.py', [{ client: 9, id: '9', name: 'Gone' }]],
      ['z.py', [{ client: 3, id: '3', name: 'Cem' }]],
    ]);
    assert.deepEqual(lines(membersOf(ANN, [open('a.py')], reported)), ['Ann (self): ', 'Cem: z.py']);
  });

  it('prefers the file that the server reports to one without a caret', () => {
    const reported = new Map([['z.py', [{ client: 3, id: '2', name: 'Bob' }]]]);
    const bob = { qide: { id: '2', name: 'Bob' } };
    assert.deepEqual(lines(membersOf(ANN, [open('a.py', [2, bob])], reported)), ['Ann (self): ', 'Bob: z.py']);
    assert.deepEqual(lines(membersOf(ANN, [open('a.py', [2, { ...bob, selection: CARET }])], reported)), ['Ann (self): ', 'Bob: a.py']);
  });

  it('does not mistake a document that this page has just closed for another window', () => {
    const reported = new Map([['z.py', [{ client: 7, id: '1', name: 'Ann' }]]]);
    assert.deepEqual(lines(membersOf(ANN, [], reported, new Set([7]))), ['Ann (self): ']);
    assert.deepEqual(lines(membersOf(ANN, [], reported)), ['Ann (self): z.py']);
  });
});

describe('coloursOf', () => {
  it('gives each person a different colour while there are enough', () => {
    const keys = Array.from({ length: PERSON_COLOURS }, (_, index) => `id:${index}`);
    assert.equal(new Set(coloursOf(keys).values()).size, PERSON_COLOURS);
  });

  it('gives the same colours in every window, in whatever order people arrived', () => {
    assert.deepEqual(coloursOf(['id:a', 'id:b', 'id:c']), coloursOf(['id:c', 'id:a', 'id:b']));
  });

  it('has a colour for everybody', () => {
    const keys = Array.from({ length: 50 }, (_, index) => `id:${index}`);
    assert.equal([...coloursOf(keys).values()].every((colour) => colour >= 0 && colour < PERSON_COLOURS), true);
  });
});

describe('initialsOf', () => {
  it('takes the first letters of the first and the last word', () => {
    for (const [name, initials] of [
      ['ann', 'A'],
      ['Ann Marie Lee', 'AL'],
      ['élan.vital', 'ÉV'],
      ['🎉', '?'],
    ]) {
      assert.equal(initialsOf(name!), initials);
    }
  });
});
