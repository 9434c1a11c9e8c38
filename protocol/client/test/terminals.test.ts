import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FAILURES, RequestError, type TerminalExitParams } from '../src/index.js';
import { Terminals, WAITING_INPUT_CHARACTERS, type TerminalEvents } from '../src/terminals.js';

interface Asked {
  readonly method: string;
  readonly params: Record<string, unknown>;
  answer(result: unknown): void;
  refuse(name: keyof typeof FAILURES): void;
}

/** The server's side of a transport, by hand. */
class Line {
  isReady = true;
  readonly asked: Asked[] = [];
  private readonly unanswered: Asked[] = [];
  readonly told: { readonly method: string; readonly params: unknown }[] = [];

  request(method: string, params: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const refuse = (name: keyof typeof FAILURES) => reject(new RequestError({ code: FAILURES[name], message: name }));
      this.asked.push({ method, params: params as Record<string, unknown>, answer: resolve, refuse });
    });
  }

  notify(method: string, params: unknown): boolean {
    this.told.push({ method, params });
    return true;
  }

  /** The connection is lost: open requests are answered as the transport does. */
  lose(): void {
    this.isReady = false;
    for (const one of this.unanswered.splice(0)) one.refuse('server-cancelled');
  }

  next(method: string): Asked {
    const next = this.asked.shift();
    assert.equal(next?.method, method);
    this.unanswered.push(next!);
    return next!;
  }
}

/** What a terminal reported, as one text. */
class Screen implements TerminalEvents {
  text = '';
  exit: TerminalExitParams | null = null;
  dropped = 0;
  output = (text: string) => void (this.text += text);
  cleared = () => void (this.text += '[cleared]');
  inputDropped = () => void (this.dropped += 1);
  ended = (exit: TerminalExitParams) => void (this.exit = exit);
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const output = (position: number, text: string) => ({ terminal: 't', position, text });

async function opened() {
  const line = new Line();
  const terminals = new Terminals(line);
  const screen = new Screen();
  const opening = terminals.open({ columns: 80, rows: 24 }, screen);
  line.next('qide/terminalOpen').answer({ terminal: 't', shell: 'bash' });
  // In the same turn as the answer, as sockets may deliver it.
  terminals.receive('qide/terminalOutput', output(0, '$ '));
  return { line, terminals, screen, terminal: await opening };
}

describe('a terminal', () => {
  it('shows output that arrives with the answer that opens it', async () => {
    const { screen } = await opened();
    assert.equal(screen.text, '$ ');
  });

  it('acknowledges output in parts', async () => {
    const { line, terminals } = await opened();
    terminals.receive('qide/terminalOutput', output(2, 'x'.repeat(16_000)));
    assert.deepEqual(line.told, []);
    terminals.receive('qide/terminalOutput', output(16_002, 'x'.repeat(1_000)));
    assert.deepEqual(line.told, [{ method: 'qide/terminalAck', params: { terminal: 't', position: 17_002 } }]);
  });

  it('sends input in order, in bounded parts of whole characters', async () => {
    const { line, terminal } = await opened();
    terminal.write('a');
    terminal.write(`b${'😀'.repeat(10_000)}`);
    const first = line.next('qide/terminalInput');
    assert.equal(first.params['text'], 'a');
    assert.equal(line.asked.length, 0);
    first.answer(null);
    await turn();
    const second = line.next('qide/terminalInput');
    assert.equal(second.params['text'], `b${'😀'.repeat(8_191)}`);
    second.answer(null);
    await turn();
    assert.equal(line.next('qide/terminalInput').params['text'], '😀'.repeat(1_809));
  });

  it('sends input again that the program did not take, and bounds what waits', async () => {
    const { line, terminal, screen } = await opened();
    terminal.write('a');
    line.next('qide/terminalInput').refuse('terminal-input-full');
    terminal.write('b');
    while (line.asked.length === 0) await turn();
    assert.equal(line.next('qide/terminalInput').params['text'], 'ab');
    terminal.write('x'.repeat(WAITING_INPUT_CHARACTERS));
    assert.equal(screen.dropped, 1);
  });

  it('continues on the next connection where the last one ended, and sends what waited', async () => {
    const { line, terminals, terminal, screen } = await opened();
    line.isReady = false;
    terminal.write('ls');
    assert.equal(line.asked.length, 0);
    line.isReady = true;
    terminals.connected();
    const attach = line.next('qide/terminalAttach');
    assert.deepEqual(attach.params, { terminal: 't', after: 2, columns: 80, rows: 24 });
    attach.answer({ position: 2, input: 0, shell: 'bash' });
    terminals.receive('qide/terminalOutput', output(2, 'missed'));
    await turn();
    assert.equal(screen.text, '$ missed');
    assert.equal(line.next('qide/terminalInput').params['text'], 'ls');
  });

  it('sends again what was under way when the connection was lost, and only what has not arrived', async () => {
    const { line, terminals, terminal, screen } = await opened();
    terminal.write('ls -l');
    assert.deepEqual(line.next('qide/terminalInput').params, { terminal: 't', position: 0, text: 'ls -l' });
    terminal.write(' src\r');
    line.lose();
    await turn();
    assert.equal(line.asked.length, 0);
    line.isReady = true;
    terminals.connected();
    await turn();
    // The server has the first three characters.
    line.next('qide/terminalAttach').answer({ position: 2, input: 3, shell: 'bash' });
    await turn();
    const rest = line.next('qide/terminalInput');
    assert.deepEqual(rest.params, { terminal: 't', position: 3, text: '-l src\r' });
    rest.answer(null);
    await turn();
    terminal.write('x');
    assert.deepEqual(line.next('qide/terminalInput').params, { terminal: 't', position: 10, text: 'x' });
    assert.equal(screen.dropped, 0);
  });

  it('continues after the input of the window that had it before', async () => {
    const line = new Line();
    const terminals = new Terminals(line);
    const attaching = terminals.attach('t', { columns: 80, rows: 24 }, new Screen());
    line.next('qide/terminalAttach').answer({ position: 0, input: 7, shell: 'bash' });
    (await attaching).write('x');
    assert.deepEqual(line.next('qide/terminalInput').params, { terminal: 't', position: 7, text: 'x' });
  });

  it('attaches again when the server does not accept that for now', async () => {
    const { line, terminals, terminal } = await opened();
    terminals.connected();
    line.next('qide/terminalAttach').refuse('too-many-requests');
    terminal.write('x');
    while (line.asked.length === 0) await turn();
    line.next('qide/terminalAttach').answer({ position: 2, input: 0, shell: 'bash' });
    await turn();
    assert.equal(line.next('qide/terminalInput').params['text'], 'x');
  });

  it('says that input was dropped which the server refuses for good', async () => {
    const { line, terminal, screen } = await opened();
    terminal.write('x');
    line.next('qide/terminalInput').refuse('forbidden');
    await turn();
    assert.equal(screen.dropped, 1);
    assert.equal(line.asked.length, 0);
  });

  it('ends when input tells that the server no longer has it', async () => {
    const { line, terminal, screen } = await opened();
    terminal.write('x');
    line.next('qide/terminalInput').refuse('terminal-unknown');
    await turn();
    assert.equal(screen.exit?.reason, 'abandoned');
  });

  it('clears the screen when output was lost', async () => {
    const { line, terminals, screen } = await opened();
    terminals.connected();
    line.next('qide/terminalAttach').answer({ position: 500, input: 0, shell: 'bash' });
    terminals.receive('qide/terminalOutput', output(500, 'late'));
    await turn();
    assert.equal(screen.text, '$ [cleared]late');
  });

  it('ends when the server no longer has it, and takes no more input', async () => {
    const { line, terminals, terminal, screen } = await opened();
    terminals.connected();
    line.next('qide/terminalAttach').refuse('terminal-unknown');
    await turn();
    assert.equal(screen.exit?.reason, 'abandoned');
    terminal.write('x');
    await terminal.close();
    assert.equal(line.asked.length, 0);
    assert.equal(terminals.has('t'), false);
  });

  it('reports the exit that follows the last output', async () => {
    const { terminals, screen } = await opened();
    terminals.receive('qide/terminalOutput', output(2, 'bye'));
    terminals.receive('qide/terminalExit', { terminal: 't', exitCode: 3, reason: 'exited', message: 'The shell exited.' });
    assert.equal(screen.text, '$ bye');
    assert.equal(screen.exit?.exitCode, 3);
  });
});
