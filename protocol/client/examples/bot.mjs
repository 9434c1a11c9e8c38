// A bot: appends to notes.md what somebody asks for in the team chat ("note buy milk"), and answers when it is stored.
// node bot.mjs https://ide.example.org/ TOKEN WORKSPACE
import { ServerApi } from '@qide/client';
import WebSocket from 'ws'; // built into Node from 22

const [address, token, name] = process.argv.slice(2);
const workspace = new ServerApi(address, token).open(name, { WebSocket });
const notes = workspace.document('notes.md');

workspace.on('lost', ({ reason }) => console.error(`The connection is ${workspace.state}. ${reason}`));
workspace.on('qide/teamChatMessage', async ({ text, name: author }) => {
  if (!text.startsWith('note ')) return;
  notes.text.insert(notes.text.length, `- ${text.slice('note '.length)} (${author})\n`);
  const isStored = await notes.stored(10_000);
  await workspace.request('qide/teamChatSend', { text: isStored ? 'It is in notes.md.' : 'I could not store it.' });
});

await Promise.all([workspace.ready(), notes.whenSynced()]);
notes.awareness.setLocalStateField('user', { name: 'Notes bot', color: '#7a5c00' });
console.log(`listening in ${name}`);
