import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as Y from 'yjs';
import { documentOf, textOf, type OfflineEdits } from '../src/text/offline-edits.js';

/** The record of a page that had `base` and typed `typed` after it. */
function kept(page: string, generation: string, base: Y.Doc, typed: string, keptAt: number): OfflineEdits {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(base));
  doc.getText('content').insert(base.getText('content').length, typed);
  return { person: 'p', workspace: 'w', path: 'a.py', page, generation, state: Y.encodeStateAsUpdate(doc), edits: typed.length, keptAt };
}

describe('documentOf', () => {
  const base = new Y.Doc();
  base.getText('content').insert(0, 'x');

  it('is null without records', () => assert.equal(documentOf([]), null));

  it('merges the records of several pages of one generation', () => {
    const document = documentOf([kept('1', 'i', base, 'ab', 1), kept('2', 'i', base, 'c', 2)])!;
    assert.equal(document.edits, 3);
    assert.deepEqual([...textOf(document, 'content')].sort().join(''), 'abcx');
  });

  it('never merges different generations: the newest goes first, the others wait', () => {
    const other = new Y.Doc();
    other.getText('content').insert(0, 'other');
    const records = [kept('1', 'old', other, '!', 1), kept('2', 'new', base, 'c', 2)];
    const document = documentOf(records)!;
    assert.equal(textOf(document, 'content'), 'xc');
    assert.deepEqual(document.records, [records[1]]);
  });
});
