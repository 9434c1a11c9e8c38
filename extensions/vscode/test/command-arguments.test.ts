import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withConvertedCommands } from '../src/language/command-arguments.js';
import { Location, Position, Range, Uri } from './vscode/values.js';

const URI = 'qide:/demo/a.ts';
const START = { line: 1, character: 2 };
const END = { line: 1, character: 5 };
const ARGUMENTS = [URI, START, [{ uri: URI, range: { start: START, end: END } }]];
const CONVERTED = [Uri.parse(URI), new Position(1, 2), [new Location(Uri.parse(URI), new Range(new Position(1, 2), new Position(1, 5)))]];

const showReferences = (given: readonly unknown[]) => ({ title: '1 reference', command: 'editor.action.showReferences', arguments: given });

test('a lens that shows references has them in VS Code’s types', () => {
  const lens = { range: { start: START, end: END }, command: showReferences(ARGUMENTS), data: { uri: URI } };
  const expected = { ...lens, command: showReferences(CONVERTED) };
  assert.deepEqual(withConvertedCommands('codeLens/resolve', lens), expected);
  assert.deepEqual(withConvertedCommands('textDocument/codeLens', [lens]), [expected]);
});

test('commands of code actions, and of the parts of an inlay hint, are converted', () => {
  const open = (uri: unknown) => ({ title: 'Open', command: 'vscode.open', arguments: [uri, { preview: true }] });
  assert.deepEqual(withConvertedCommands('textDocument/codeAction', [open(URI), { title: 'Open', command: open(URI) }]), [open(Uri.parse(URI)), { title: 'Open', command: open(Uri.parse(URI)) }]);
  assert.deepEqual(withConvertedCommands('inlayHint/resolve', { label: [{ value: 'a', command: open(URI) }] }), { label: [{ value: 'a', command: open(Uri.parse(URI)) }] });
});

test('commands of servers, and results of other requests, stay as they are', () => {
  const own = { title: 'Sort', command: 'json.sort', arguments: [URI, 3] };
  assert.deepEqual(withConvertedCommands('textDocument/codeAction', [own, null]), [own, null]);
  assert.equal(withConvertedCommands('textDocument/codeLens', null), null);
  const hover = { command: showReferences(ARGUMENTS) };
  assert.equal(withConvertedCommands('textDocument/hover', hover), hover);
});
