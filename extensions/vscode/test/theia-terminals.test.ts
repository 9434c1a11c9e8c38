import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { TerminalEvents } from '@qide/client/terminals';
import type { Host } from '../src/host.js';
import type { ServerTerminal } from '../src/terminal/pseudoterminal.js';
import { registerTerminalCommands, startTerminals, type TerminalCommands } from '../src/terminal/terminals.js';
import { testWindow } from './vscode/window.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('terminals in Theia', () => {
  const listed: { terminal: string; shell: string; folder: string; attached: boolean }[] = [];
  const asked: string[] = [];
  let ready = () => {};
  const shell = (id: string) => ({ shell: 'bash', close: async () => void asked.push(`close ${id}`) });
  const host = {
    workspace: 'demo',
    hasTerminalProfile: true,
    hasTheiaTerminals: true,
    mayUseTerminals: async () => true,
    mayShare: true,
    teamChat: { subscribeReady: (listener: () => void) => void (ready = listener) },
    terminals: {
      list: async () => listed,
      has: () => false,
      open: async () => shell('new'),
      attach: async (id: string, _size: object, _events: TerminalEvents) => shell(id),
    },
  } as unknown as Host;
  let commands: TerminalCommands;

  /** Theia opens the terminal of a profile, and does not say which pseudoterminal it has. */
  const openByProfile = async () => {
    const { options } = (await commands.profile())! as unknown as { options: { pty: ServerTerminal } };
    const names: string[] = [];
    options.pty.onDidChangeName((name) => void names.push(name));
    options.pty.open(undefined);
    await turn();
    const terminal = { name: names.at(-1)!, creationOptions: {} as never, show: () => void (testWindow.terminalsShown += 1) };
    testWindow.terminals.push(terminal);
    testWindow.terminalOpened.fire(terminal);
    return { pty: options.pty, name: terminal.name };
  };

  beforeEach(() => {
    for (const list of [testWindow.shown, testWindow.ran, testWindow.terminals, asked, listed]) list.splice(0);
    commands = startTerminals(host, []);
    registerTerminalCommands(async () => commands);
  });

  it('that were left are shown, since a terminal that is not shown is nowhere', async () => {
    listed.push({ terminal: 'left', shell: 'bash', folder: '', attached: false }, { terminal: 'also left', shell: 'bash', folder: '', attached: false });
    const before = testWindow.terminalsShown;
    ready();
    await turn();
    assert.equal(testWindow.terminals.length, 2);
    assert.equal(testWindow.terminalsShown - before, 2);
  });

  it('end their shell when they are closed, also those that the profile opened', async () => {
    ready();
    await turn();
    const { pty } = await openByProfile();
    pty.close();
    await turn();
    assert.deepEqual(asked, ['close new']);
  });

  it('are shown by the key at once after the profile has opened one', async () => {
    ready();
    await turn();
    await openByProfile();
    const before = testWindow.terminalsShown;
    await testWindow.commands.get('qide.showTerminal')!();
    assert.equal(testWindow.terminals.length, 1);
    assert.equal(testWindow.terminalsShown - before, 1);
  });

  it('are opened by the key although Theia has a shell of its own machine', async () => {
    ready();
    await turn();
    testWindow.terminals.push({ name: 'bash', creationOptions: {} as never, show: () => assert.fail('it is shown') });
    testWindow.activeTerminal = testWindow.terminals[0];
    await testWindow.commands.get('qide.showTerminal')!();
    testWindow.activeTerminal = undefined;
    assert.equal(testWindow.terminals.length, 2);
  });

  it('have different numbers, whichever way they were opened', async () => {
    ready();
    await turn();
    const names = [(await openByProfile()).name, (await openByProfile()).name];
    assert.deepEqual(names, ['bash\u00a01', 'bash\u00a02']);
  });
});
