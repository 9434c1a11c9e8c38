// A model provider that streams in OpenAI's protocol, and knows when it sent each answer's last word.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const CHUNKS = 40;
const BETWEEN_CHUNKS_MS = 25;
const QUESTION = /question [0-9a-f-]{36}/;

const chunk = (more) => `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 0, model: 'load', ...more })}\n\n`;

async function stream(response, ended) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  for (let number = 0; number < CHUNKS && !response.destroyed; number++) {
    if (number > 0) await sleep(BETWEEN_CHUNKS_MS);
    response.write(chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: `word ${number} ` }, finish_reason: null }] }));
  }
  ended();
  response.write(chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
  response.end(chunk({ choices: [], usage: { prompt_tokens: 20, completion_tokens: CHUNKS, total_tokens: 20 + CHUNKS } }) + 'data: [DONE]\n\n');
}

/**
 * Starts the provider on a free loopback port: { models, endOf(question), close() }. `models` is the content of a models file; `endOf` returns
 * once when the last word was sent to a question whose text contains this, in milliseconds of `performance.now()`.
 */
export function startModel() {
  const ends = new Map();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request.setEncoding('utf8')) body += part;
    const question = QUESTION.exec(body)?.[0];
    await stream(response, () => ends.set(question, performance.now()));
  });
  const endOf = (question) => {
    const end = ends.get(question);
    ends.delete(question);
    return end;
  };
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const url = `http://127.0.0.1:${server.address().port}`;
      const models = [{ name: 'load', provider: 'openai', url, model: 'load', purpose: ['chat'], local: true }];
      resolve({ models, endOf, close: () => (server.closeAllConnections(), server.close()) });
    });
  });
}
