import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as Y from 'yjs';
import { documentOf, textOf, type KeptEdits } from '../src/kept-edits.js';

/** What a page keeps that had `base` and typed `typed` behind it. */
function kept(page: string, incarnation: string, base: Y.Doc, typed: string, keptAt: number): KeptEdits {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(base));
  doc.getText('content').insert(base.getText('content').length, typed);
  return { person: 'p', workspace: 'w', path: 'a.py', page, incarnation, state: Y.encodeStateAsUpdate(doc), edits: typed.length, keptAt };
}

describe('documentOf', () => {
  const base = new Y.Doc();
  base.getText('content').insert(0, 'x');

  it('is nothing without records', () => assert.equal(documentOf([]), null));

  it('joins what several pages kept of one incarnation', () => {
    const document = documentOf([kept('1', 'i', base, 'ab', 1), kept('2', 'i', base, 'c', 2)])!;
    assert.equal(document.edits, 3);
    assert.deepEqual([...textOf(document, 'content')].sort().join(''), 'abcx');
  });

  it('never joins edits of different incarnations: the newest goes first, the others wait', () => {
    const other = new Y.Doc();
    other.getText('content').insert(0, 'other');
    const records = [kept('1', 'old', other, '!', 1), kept('2', 'new', base, 'c', 2)];
    const document = documentOf(records)!;
    assert.equal(textOf(document, 'content'), 'xc');
    assert.deepEqual(document.records, [records[1]]);
  });
});
