import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAILURES } from '@qide/client';
import { Conversation, titleOf } from '../src/chat/conversation.js';
import { Conversations } from '../src/chat/conversations.js';

const delta = (sequence: number, text: string, kind: 'text' | 'thinking' = 'text') => ({ conversation: 'c', turn: 't', sequence, kind, text });

test('a delta that is sent again after a lost connection is shown once', () => {
  const conversation = new Conversation();
  conversation.ask('why?', []);
  for (const [sequence, text] of [[1, 'be'], [2, 'cau'], [2, 'cau'], [1, 'be'], [3, 'se']] as const) conversation.received(delta(sequence, text));
  assert.equal(conversation.answer?.text, 'because');
  conversation.received(delta(4, 'hm', 'thinking'));
  assert.equal(conversation.answer?.thinking, 'hm');
});

test('deltas after the end are ignored, and a new question counts from one', () => {
  const conversation = new Conversation();
  conversation.ask('one', []);
  conversation.received(delta(1, 'a'));
  conversation.completed({ conversation: 'c', turn: 't', model: 'm', sequence: 1, stop: 'end', inputTokens: 7, outputTokens: 2 });
  conversation.received(delta(2, 'late'));
  conversation.ask('two', []);
  conversation.received(delta(1, 'b'));
  assert.deepEqual(conversation.messages.map(({ text }) => text), ['one', 'a', 'two', 'b']);
  assert.equal(conversation.inputTokens, 7);
});

test('a stored conversation whose last message is a question has an answer that may be running', () => {
  const conversation = new Conversation('c');
  conversation.restore({ conversation: 'c', title: 'one', messages: [{ role: 'user', text: 'one', isWhole: true }] });
  assert.equal(conversation.isRunning, true);
  conversation.restore({ conversation: 'c', title: 'one', messages: [{ role: 'user', text: 'one', isWhole: true }, { role: 'assistant', text: 'cut', isWhole: false }] });
  assert.equal(conversation.isRunning, false);
  assert.equal(conversation.answer?.state, 'stopped');
});

test('what this window attached is kept when the messages are read again', () => {
  const conversation = new Conversation();
  const part = { label: 'a.py', path: 'a.py', text: 'a = 1' };
  conversation.ask('one', [part]);
  conversation.restore({ conversation: 'c', title: 'one', messages: [{ role: 'user', text: 'one', isWhole: true }, { role: 'assistant', text: 'x', isWhole: true }] });
  assert.deepEqual(conversation.messages[0]?.role === 'user' && conversation.messages[0].context, [part]);
});

test('a title is the beginning of the question on one line, as the server makes it', () => {
  assert.equal(titleOf('  one\n  two '), 'one two');
  assert.equal([...titleOf('😀'.repeat(100))].length, 80);
});

test('a tool is shown once, with its result, and an empty line separates the texts around it', () => {
  const conversation = new Conversation();
  conversation.ask('why?', []);
  const tool = { id: '1', name: 'read_file', arguments: '{}', isError: false };
  conversation.received(delta(1, 'I look.'));
  conversation.received({ ...delta(2, ''), kind: 'tool', tool });
  conversation.received({ ...delta(3, ''), kind: 'tool', tool: { ...tool, result: 'x = 1' } });
  conversation.received(delta(4, 'It is'));
  conversation.received(delta(5, ' one.'));
  assert.equal(conversation.answer?.text, 'I look.\n\nIt is one.');
  assert.deepEqual(conversation.answer?.tools, [{ ...tool, result: 'x = 1' }]);
});

test('a new conversation has an id of its own, which is a UUID of version 4', () => {
  const [one, other] = [new Conversation(), new Conversation()];
  assert.match(one.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(one.id, other.id);
  assert.equal(one.isOwn, true);
  assert.equal(new Conversation(one.id).isOwn, false);
});

for (const [name, tags, sentence, mayRetry] of [
  ['server-cancelled', { limit: '1', model: 'm' }, 'The model is answering others. Ask again in a moment.', true],
  ['server-cancelled', {}, 'This conversation continues in another window.', false],
  ['model-unavailable', { reason: 'status', status: '400', kind: 'context-too-large' }, 'The conversation, with what is attached, is too long for this model. Attach less, or start a new conversation.', false],
] as const) {
  test(`a question that fails says why: ${sentence}`, async () => {
    const transport = {
      isReady: true,
      request: async (method: string) => {
        if (method === 'qide/conversationList') return { conversations: [], models: [] };
        throw Object.assign(new Error('The server’s sentence.'), { code: FAILURES[name], data: { name, tags } });
      },
    };
    const conversations = new Conversations(transport, () => {});
    await conversations.ask('why?', { model: null, hasTools: false }, []);
    assert.deepEqual(conversations.shown.answer?.failure, { sentence, mayRetry, isAboutModels: false });
  });
}
