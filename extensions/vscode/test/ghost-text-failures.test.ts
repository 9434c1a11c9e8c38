import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAILURES, type FailureName } from '@qide/client';
import { GhostTextFailures, readable } from '../src/language/ghost-text-failures.js';

const failure = (name: FailureName, tags: Record<string, string> = {}) =>
  Object.assign(new Error('The server’s sentence.'), { code: FAILURES[name], data: { name, tags } });

function shownBy(...events: ('worked' | Error)[]) {
  const shown: string[] = [];
  const failures = new GhostTextFailures({ warn: (sentence) => shown.push(`warning: ${sentence}`), status: (sentence) => shown.push(`status: ${sentence}`) });
  for (const event of events) {
    if (event === 'worked') failures.worked();
    else failures.failed(event);
  }
  return shown;
}

test('a model that goes on failing is reported once', () => {
  const down = failure('model-unavailable', { reason: 'unreachable' });
  assert.deepEqual(shownBy(down, down, down), ['warning: There is no ghost text. The model’s server cannot be reached.']);
});

test('another reason, and a failure after ghost text has worked again, are reported again', () => {
  const down = failure('model-unavailable', { reason: 'unreachable' });
  const busy = failure('model-unavailable', { reason: 'status', status: '429' });
  const spent = failure('budget-exhausted');
  assert.deepEqual(shownBy(down, busy, spent, 'worked', spent).map((sentence) => sentence.slice('warning: There is no ghost text. '.length)), [
    'The model’s server cannot be reached.',
    'The model’s provider is receiving too many requests.',
    'The budget for models is used up. Wait for its next period, or ask the owner to raise it.',
    'The budget for models is used up. Wait for its next period, or ask the owner to raise it.',
  ]);
});

test('a failure without a sentence of its own has that of the server', () => {
  assert.deepEqual(shownBy(failure('too-many-requests')), ['warning: There is no ghost text. The server’s sentence.']);
  assert.deepEqual(shownBy(new TypeError('x is undefined')), ['warning: There is no ghost text. x is undefined']);
});

test('what is no news to a person who types on is not reported', () => {
  const quiet: FailureName[] = ['request-cancelled', 'content-modified', 'server-cancelled', 'method-not-found', 'model-not-configured', 'forbidden'];
  assert.deepEqual(shownBy(...quiet.map((name) => failure(name))), []);
});

test('a private file is a passing sentence', () => {
  assert.match(shownBy(failure('file-ignored')).join(), /^status: No ghost text here/);
});

test('the data of every failure reads as text, and stays as it is', () => {
  const ours = failure('model-unavailable', { reason: 'status', status: '503' });
  assert.equal(readable(ours), ours);
  assert.equal(`${ours.data}`, 'reason: status, status: 503');
  assert.deepEqual(Object.keys(ours.data), ['name', 'tags']);
  const data = { retriggerRequest: true };
  readable(Object.assign(new Error('of a language server'), { data }));
  assert.equal(`${data}`, '{"retriggerRequest":true}');
  assert.equal(JSON.stringify(data), '{"retriggerRequest":true}');
});

test('a failure without data, or with data that reads as text, is left alone', () => {
  const plain = new Error('plain');
  assert.equal(readable(plain), plain);
  assert.equal(readable(null), null);
  assert.equal(readable('text'), 'text');
  const list = Object.assign(new Error('list'), { data: ['a', 'b'] });
  readable(list);
  assert.equal(`${list.data}`, 'a,b');
});
