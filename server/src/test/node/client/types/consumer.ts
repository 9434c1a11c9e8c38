// What a project that installed @qide/client may write, and what the compiler must refuse.
import type { Transport } from '@codemirror/lsp-client';
import { ApiError, ServerApi, type ConnectionState, type SharedDocument, type TeamChatMessage, type Workspace } from '@qide/client';
import { Terminals, type Terminal } from '@qide/client/terminals';

const server = new ServerApi('https://ide.example.org/', 'token');
export const token: string = server.token;
export const workspace: Workspace = server.open('demo', { hasLanguageClient: true });
export const transport: Transport = workspace.textTransport();
export const file: SharedDocument = workspace.document('main.py', { closed: (reason: string) => console.log(reason) });
export const sent: Promise<TeamChatMessage> = workspace.request('qide/teamChatSend', { text: 'Hello' });
export const bytes: Promise<Uint8Array> = server.files('demo').read('main.py').then((read) => read.bytes);
export const shell: Promise<Terminal> = Terminals.of(workspace).open({ columns: 80, rows: 24 }, { output: console.log, ended: ({ message }) => console.log(message) });

workspace.on('state', (state: ConnectionState) => console.log(state));
workspace.on('qide/fileSaved', ({ path, by }) => console.log(path.length, by.length)).dispose();
server.me().catch((error: unknown) => console.log(error instanceof ApiError && error.failure === 'unauthenticated'));

// @ts-expect-error: there is no such event
workspace.on('qide/fileForgotten', () => {});
// @ts-expect-error: the text is missing
void workspace.request('qide/teamChatSend', { words: 'Hello' });
// @ts-expect-error: there is no such failure
export const isUnknown = (error: ApiError) => error.failure === 'no-such-failure';
