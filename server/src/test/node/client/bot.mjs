// The bot of @qide/client's examples, and a person who asks it for a note: `node bot.mjs ADDRESS TOKEN WORKSPACE`. Ends with code 0
// and one line, or with a sentence.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ServerApi } from '@qide/client';
import WebSocket from 'ws';

const [address, token, name] = process.argv.slice(2);
const bot = spawn('node', ['node_modules/@qide/client/examples/bot.mjs', address, token, name], { stdio: ['ignore', 'pipe', 'inherit'] });
// A bot that fails ends, and its output with it.
const ended = once(bot.stdout, 'close').then(() => Promise.reject(new Error('the bot ended')));
ended.catch(() => {});

async function session() {
  const [output] = await Promise.race([once(bot.stdout, 'data'), ended]);
  if (!`${output}`.includes(`listening in ${name}`)) throw new Error(`the bot begins with: ${output}`);
  const workspace = new ServerApi(address, token).open(name, { WebSocket });
  await workspace.ready();
  const answered = new Promise((resolve) => workspace.on('qide/teamChatMessage', ({ text }) => text.startsWith('note ') || resolve(text)));
  await workspace.request('qide/teamChatSend', { text: 'note buy milk' });
  const answer = await Promise.race([answered, ended]);
  if (answer !== 'It is in notes.md.') throw new Error(`the bot answers: ${answer}`);
  const notes = workspace.document('notes.md');
  await notes.whenSynced();
  if (!/^- buy milk \(.+\)\n$/.test(`${notes.text}`)) throw new Error(`the notes are: ${notes.text}`);
  workspace.close();
}

try {
  await session();
  console.log('the bot noted it');
} catch (failure) {
  console.error(failure);
  process.exitCode = 1;
} finally {
  bot.kill();
}
