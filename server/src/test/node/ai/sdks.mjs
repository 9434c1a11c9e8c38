// The SDKs of OpenAI and Anthropic, unmodified, against a server of ours: whole answers, streams with tools and usage,
// lists of models, and a stream that is stopped.
import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';

const [base, token, stats] = process.argv.slice(2);
const openai = new OpenAI({ baseURL: `${base}/v1`, apiKey: token, maxRetries: 0 });
const anthropic = new Anthropic({ baseURL: base, apiKey: token, maxRetries: 0 });
const messages = [{ role: 'user', content: 'Hello?' }];
const text = 'Hello, wörld 😀';

const whole = await openai.chat.completions.create({ model: 'openai', messages });
assert.equal(whole.choices[0].message.content, text);
assert.equal(whole.usage.completion_tokens, 3);

let streamed = '';
let usage;
for await (const chunk of await openai.chat.completions.create({
  model: 'openai',
  messages,
  stream: true,
  stream_options: { include_usage: true },
})) {
  streamed += chunk.choices[0]?.delta.content ?? '';
  usage = chunk.usage ?? usage;
}
assert.equal(streamed, text);
assert.equal(usage.completion_tokens, 3);
assert.equal((await openai.models.list()).data.length, 5);

const response = await openai.responses.create({ model: 'openai', input: 'Hello?' });
assert.equal(response.output_text, text);
assert.equal(response.usage.output_tokens, 3);
const kinds = [];
const responseStream = openai.responses.stream({ model: 'anthropic', instructions: 'Be short.', input: [{ role: 'user', content: 'Hello?' }] });
for await (const event of responseStream) kinds.push(event.type);
assert.deepEqual([kinds[0], kinds.at(-1)], ['response.created', 'response.completed']);
const streamedResponse = await responseStream.finalResponse();
assert.equal(streamedResponse.output_text, text);
assert.deepEqual(JSON.parse(streamedResponse.output.find(({ type }) => type === 'function_call').arguments), { path: 'a "b".txt' });

const message = await anthropic.messages.create({ model: 'anthropic', max_tokens: 100, messages });
assert.equal(message.content[0].text, text);
assert.deepEqual(message.content[1].input, { path: 'a "b".txt' });
const final = await anthropic.messages.stream({ model: 'anthropic', max_tokens: 100, messages }).finalMessage();
assert.deepEqual(final.content[1].input, { path: 'a "b".txt' });
assert.equal(final.stop_reason, 'tool_use');
assert.equal(final.usage.output_tokens, 3);

const stoppedOpenAi = await openai.chat.completions.create({ model: 'gemini', messages, stream: true });
for await (const _ of stoppedOpenAi) break;
const stoppedAnthropic = anthropic.messages.stream({ model: 'gemini', max_tokens: 100, messages });
for await (const event of stoppedAnthropic) {
  if (event.type === 'content_block_delta') break;
}
await assert.rejects(openai.chat.completions.create({ model: 'nobody', messages }), { status: 404, code: 'model_not_found' });
const end = Date.now() + 20_000;
while ((await (await fetch(stats)).json()).abandoned < 2) {
  assert.ok(Date.now() < end, 'the provider saw that both streams were stopped');
}
console.log('the SDKs were served');
