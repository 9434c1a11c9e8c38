import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestOrNotification } from '@qide/client';
import { LargeDocuments } from '../src/language/large-documents.js';

const LARGE = 'x'.repeat(9 << 20);
const message = (method: string, params: object): RequestOrNotification => ({ jsonrpc: '2.0', method: `textDocument/${method}`, params });
const open = (uri: string, text: string) => message('didOpen', { textDocument: { uri, languageId: 'json', version: 1, text } });
const change = (uri: string, text: string) => message('didChange', { textDocument: { uri, version: 2 }, contentChanges: [{ text }] });
const other = (method: string, uri: string) => message(method, { textDocument: { uri } });

function documents() {
  const refused: string[] = [];
  return { large: new LargeDocuments((uri) => refused.push(uri)), refused };
}

test('a document that is longer than a message is not sent, nor what is about it, until it is closed', () => {
  const { large, refused } = documents();
  for (const sent of [open('a', LARGE), open('a', LARGE), change('a', 'y'), other('hover', 'a')]) assert.equal(large.outgoing(sent), null);
  assert.deepEqual(refused, ['a']);
  for (const sent of [open('b', 'text'), other('hover', 'b'), message('other', {})]) assert.equal(large.outgoing(sent), sent);
  assert.equal(large.outgoing(other('didClose', 'a')), null);
  const again = open('a', 'small now');
  assert.equal(large.outgoing(again), again);
});

test('a document that grows too large is closed for the servers', () => {
  const { large, refused } = documents();
  large.outgoing(open('a', 'text'));
  assert.deepEqual(large.outgoing(change('a', LARGE)), other('didClose', 'a'));
  assert.equal(large.outgoing(change('a', LARGE)), null);
  assert.deepEqual(refused, ['a']);
});

test('bytes count, not characters', () => {
  const { large } = documents();
  assert.equal(large.outgoing(open('wide', '漢'.repeat(3 << 20))), null);
  assert.equal(large.outgoing(open('control', '\u0001'.repeat(2 << 20))), null);
  assert.notEqual(large.outgoing(open('plain', 'x'.repeat(3 << 20))), null);
});
