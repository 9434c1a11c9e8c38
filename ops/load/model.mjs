// A model provider that streams in OpenAI's protocol: one answer at a known pace, so that the server's own share of the time is known.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export const CHUNKS = 40;
export const BETWEEN_CHUNKS_MS = 25;
/** How long an answer takes here, from the request to its end. */
export const ANSWER_MS = CHUNKS * BETWEEN_CHUNKS_MS;

const chunk = (more) => `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 0, model: 'load', ...more })}\n\n`;

async function stream(response) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  for (let number = 0; number < CHUNKS && !response.destroyed; number++) {
    if (number > 0) await sleep(BETWEEN_CHUNKS_MS);
    response.write(chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: `word ${number} ` }, finish_reason: null }] }));
  }
  response.write(chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
  response.end(chunk({ choices: [], usage: { prompt_tokens: 20, completion_tokens: CHUNKS, total_tokens: 20 + CHUNKS } }) + 'data: [DONE]\n\n');
}

/** Starts the provider on a free loopback port: { models, close() }; `models` is the content of a models file. */
export function startModel() {
  const server = createServer((request, response) => request.resume().on('end', () => stream(response)));
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const url = `http://127.0.0.1:${server.address().port}`;
      const models = [{ name: 'load', provider: 'openai', url, model: 'load', purpose: ['chat'], local: true }];
      resolve({ models, close: () => server.closeAllConnections() ?? server.close() });
    });
  });
}
