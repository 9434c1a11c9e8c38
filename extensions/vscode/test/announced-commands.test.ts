import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AnnouncedCommands } from '../src/language/announced-commands.js';

const NAME = '_typescript.applyCodeActionCommand';
const fix = (command: string) => ({ title: 'Fix', command, arguments: [1] });

describe('the commands that language servers announce', () => {
  const commands = new AnnouncedCommands('qide.server.');
  const options = { commands: [NAME], workDoneProgress: true };

  it('have names of this extension in VS Code', () => {
    assert.deepEqual(commands.announce(options), { commands: [`qide.server.${NAME}`], workDoneProgress: true });
    assert.deepEqual(commands.announce({}), {});
  });

  it('have them in results too: commands, actions, completions, parts of inlay hints', () => {
    const [own, other] = [fix(NAME), fix('editor.action.rename')];
    const named = fix(`qide.server.${NAME}`);
    assert.deepEqual(commands.inResult('textDocument/codeAction', [own, { title: 'Fix', command: own }, other, null]), [named, { title: 'Fix', command: named }, other, null]);
    assert.deepEqual(commands.inResult('textDocument/completion', { isIncomplete: false, items: [{ label: 'a', command: own }, { label: 'b' }] }), { isIncomplete: false, items: [{ label: 'a', command: named }, { label: 'b' }] });
    assert.deepEqual(commands.inResult('inlayHint/resolve', { label: [{ value: 'a', command: own }] }), { label: [{ value: 'a', command: named }] });
    assert.deepEqual(commands.inResult('textDocument/hover', { command: own }), { command: own });
  });

  it('have the names of the servers in requests', () => {
    assert.deepEqual(commands.inParameters('workspace/executeCommand', fix(`qide.server.${NAME}`)), fix(NAME));
    assert.deepEqual(commands.inParameters('codeAction/resolve', { title: 'Fix', command: fix(`qide.server.${NAME}`) }), { title: 'Fix', command: fix(NAME) });
    assert.deepEqual(commands.inParameters('textDocument/hover', fix(`qide.server.${NAME}`)), fix(`qide.server.${NAME}`));
  });

  it('keep their names in the browser IDE, which has no other extensions', () => {
    const plain = new AnnouncedCommands('');
    assert.deepEqual(plain.announce(options), options);
    assert.deepEqual(plain.inResult('textDocument/codeAction', [fix(NAME)]), [fix(NAME)]);
  });
});
