import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as Y from 'yjs';
import { EarlierEdits } from '../src/text/earlier-edits.js';
import { documentOf, OfflineEditStore, STORE_AFTER_MILLISECONDS, textOf, type OfflineEdits } from '../src/text/offline-edits.js';
import { MemoryDatabase } from './memory-database.js';

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

describe('OfflineEditStore', () => {
  /** A store in a database of its own. */
  function open(): OfflineEditStore {
    new MemoryDatabase().install();
    return new OfflineEditStore('p', 'w');
  }

  function docOf(text: string): Y.Doc {
    const doc = new Y.Doc();
    doc.getText('content').insert(0, text);
    return doc;
  }

  /** Waits until the stored texts are these, by path. */
  async function stored(store: OfflineEditStore, expected: Record<string, string>): Promise<void> {
    const deadline = Date.now() + 10 * STORE_AFTER_MILLISECONDS;
    for (;;) {
      const is = Object.fromEntries([...(await store.all())].map(([path, document]) => [path, textOf(document, 'content')]));
      try {
        return assert.deepEqual(is, expected);
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  it('stores edits that stay unacknowledged until they are acknowledged', async () => {
    const store = open();
    const doc = docOf('a');
    const records: OfflineEdits[] = [];
    store.follow('a.py', doc, 1, records);
    await stored(store, { 'a.py': 'a' });
    doc.getText('content').insert(1, 'b');
    store.follow('a.py', doc, 2, records);
    await stored(store, { 'a.py': 'ab' });
    assert.equal((await store.all()).get('a.py')!.edits, 2);
    store.follow('a.py', doc, 0, records);
    await stored(store, {});
  });

  it('does not take the acknowledgements of one document for those of another at its path', async () => {
    const store = open();
    store.follow('a.py', docOf('refused'), 1, []);
    await stored(store, { 'a.py': 'refused' });
    store.follow('a.py', docOf('other'), 0, []);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await stored(store, { 'a.py': 'refused' });
  });

  it('keeps the edits of a document that closes until the next one, which starts with them, is acknowledged', async () => {
    const store = open();
    const closing = docOf('refused');
    store.follow('a.py', closing, 1, []);
    const kept = store.keep('a.py', closing, 1, []);
    assert.equal(kept.edits, 1);
    await stored(store, { 'a.py': 'refused' });
    const next = new Y.Doc();
    Y.applyUpdate(next, kept.state);
    const records = [...kept.records];
    next.getText('content').insert(7, '!');
    store.follow('a.py', next, 2, records);
    await stored(store, { 'a.py': 'refused!' });
    assert.equal((await store.all()).get('a.py')!.records.length, 1);
    store.follow('a.py', next, 0, records);
    await stored(store, {});
  });

  it('has a record of a moved document at each moment, at last one at its new path', async () => {
    const store = open();
    const doc = docOf('a');
    const records: OfflineEdits[] = [];
    store.follow('a.py', doc, 1, records);
    await stored(store, { 'a.py': 'a' });
    store.follow('b.py', doc, 1, records);
    assert.notEqual((await store.all()).size, 0);
    doc.getText('content').insert(1, 'b');
    store.follow('c.py', doc, 2, records);
    const seen = new Set<number>();
    const deadline = Date.now() + 2 * STORE_AFTER_MILLISECONDS;
    while (Date.now() < deadline) seen.add((await store.all()).size);
    assert.ok(!seen.has(0), 'there was none');
    await stored(store, { 'c.py': 'ab' });
  });

  it('sends the records of both paths of a document whose move a page did not finish to follow', async () => {
    const store = open();
    store.follow('a.py', docOf('before'), 1, []);
    store.follow('b.py', docOf('after'), 1, []);
    await stored(store, { 'a.py': 'before', 'b.py': 'after' });
    const earlier = new EarlierEdits(store, async () => 'b.py');
    assert.equal(await earlier.follow('a.py'), 'b.py');
    assert.equal(await earlier.of('a.py'), null);
    const { records, state } = (await earlier.of('b.py'))!;
    assert.equal(records.length, 2);
    assert.match(textOf({ records, state, edits: 2 }, 'content'), /before/);
  });
});
