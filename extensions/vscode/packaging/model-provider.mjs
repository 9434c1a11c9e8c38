// A model provider with OpenAI's API on loopback: it completes with `forty_two`, and answers a chat with a line of Python.
// Prints its port.

import { createServer } from 'node:http';

const COMPLETION = 'forty_two';
const ANSWER = ['This line is enough:\n\n```python\n', '# proposed by the model\n', '```\n'];

/** The body of a request; null if its client left. */
async function read(request) {
  let body = '';
  try {
    for await (const part of request) body += part;
  } catch {
    return null;
  }
  return body;
}

const server = createServer(async (request, response) => {
  const body = await read(request);
  // A client that left while it sent its question, as one does whose completion is cancelled.
  if (body === null) return;
  const { model, stream_options: options } = JSON.parse(body || '{}');
  const isChat = request.url.endsWith('/chat/completions');
  if (request.method !== 'POST' || (!isChat && !request.url.endsWith('/completions'))) {
    response.writeHead(404, { 'Content-Type': 'application/json' });
    return void response.end(JSON.stringify({ error: { message: 'There is no such endpoint.', type: 'invalid_request_error' } }));
  }
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const common = { id: 'answer', object: isChat ? 'chat.completion.chunk' : 'text_completion', created: 0, model };
  const send = (chunk) => response.write(`data: ${JSON.stringify({ ...common, ...chunk })}\n\n`);
  const choice = (text, finish_reason) => ({ index: 0, finish_reason, ...(isChat ? { delta: text === '' ? {} : { role: 'assistant', content: text } } : { text, logprobs: null }) });
  for (const text of isChat ? ANSWER : [COMPLETION]) send({ choices: [choice(text, null)] });
  send({ choices: [choice('', 'stop')] });
  if (options?.include_usage) send({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } });
  response.end('data: [DONE]\n\n');
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
