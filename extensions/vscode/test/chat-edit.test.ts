import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partsIn, stateSentence } from '../src/chat/change-sets.js';
import { codeOf, editPrompt } from '../src/chat/edit-prompt.js';
import { lineOf } from '../src/chat/hunk-lines.js';
import { placed } from '../src/chat/placement.js';
import { proposedText } from '../src/chat/proposed-text.js';
import { toolSentence } from '../src/chat/tool-sentence.js';

const FILE = 'import os\n\n\nclass Circle:\n    radius: float\n\n    def area(self):\n        return 3\n\n\ndef all(shapes):\n    return sum(shapes)\n';
const nowhere = { caretLine: 0, selection: null };

test('code that begins as a block of the file replaces the block', () => {
  const code = 'def all(shapes):\n    return max(shapes)\n';
  assert.equal(placed(FILE, code, nowhere), FILE.replace('sum', 'max'));
});

test('a method without its indentation gets the indentation of the file', () => {
  const code = 'def area(self):\n    return 4\n';
  assert.equal(placed(FILE, code, nowhere), FILE.replace('return 3', 'return 4'));
});

test('a block with braces is replaced with what closes it', () => {
  const text = 'function one() {\n  return 1;\n}\n\nfunction two() {\n  return 2;\n}\n';
  assert.equal(placed(text, 'function one() {\n  return 3;\n  // longer\n}', nowhere), text.replace('  return 1;', '  return 3;\n  // longer'));
});

test('code that repeats most of the file replaces it', () => {
  const code = FILE.replace('import os\n', 'import os\nimport sys\n').replace('return 3', 'return 5');
  assert.equal(placed(FILE, code, { caretLine: 4, selection: { start: 4, end: 5 } }), code);
});

test('code without the beginning of the file leaves it', () => {
  const code = FILE.slice(FILE.indexOf('class Circle')).replace('return 3', 'return 5');
  assert.equal(placed(FILE, code, nowhere), FILE.replace('return 3', 'return 5'));
});

test('code whose last lines changed replaces the blocks that it repeats', () => {
  const code = FILE.slice(FILE.indexOf('class Circle')).replace('return 3', 'return 5').replace('sum(shapes)', 'max(shapes)');
  const text = FILE.replace('class', '@dataclass\nclass');
  assert.equal(placed(text, `@dataclass\n${code}`, nowhere), text.replace('return 3', 'return 5').replace('sum(shapes)', 'max(shapes)'));
});

test('selected lines are replaced', () => {
  assert.equal(placed('a\nb\nc\n', 'x\ny', { caretLine: 1, selection: { start: 1, end: 2 } }), 'a\nx\ny\nc\n');
});

test('other code goes below the caret, and into an empty file', () => {
  assert.equal(placed('a\nb\nc\n', 'x', { caretLine: 1, selection: null }), 'a\nb\nx\nc\n');
  assert.equal(placed('a\n\nc\n', 'x', { caretLine: 1, selection: null }), 'a\nx\n\nc\n');
  assert.equal(placed('', 'x\n', nowhere), 'x\n');
});

test('the code of an answer is its first fenced block', () => {
  assert.equal(codeOf('Here it is:\n```python\na = 1\n```\nand ```no more```'), 'a = 1');
  assert.equal(codeOf('````md\n```\ninner\n```\n````'), '```\ninner\n```');
  assert.equal(codeOf('~~~\r\na\r\n~~~'), 'a');
  assert.equal(codeOf('a = 1\n'), 'a = 1');
  assert.equal(codeOf('```\ncut off'), 'cut off');
  assert.equal(codeOf('  \n'), '');
});

test('the question fences code that has fences of its own', () => {
  const prompt = editPrompt({ path: 'a.md', language: 'markdown', description: 'shorter', code: '```\ninner\n```', line: 3 });
  assert.match(prompt, /````markdown\n```\ninner\n```\n````/);
  assert.match(editPrompt({ path: 'a.py', language: 'python', description: 'a loop', code: ' ', line: 7 }), /inserted into a\.py at line 7: a loop/);
});

test('the lines of a part are found where they are now, nearest to where the server has them', () => {
  const text = ['a', 'b', 'a', 'b', 'c'];
  assert.equal(lineOf(text, ['a', 'b'], 0), 0);
  assert.equal(lineOf(text, ['a', 'b'], 3), 2);
  assert.equal(lineOf(text, ['b', 'c'], 40), 3);
  assert.equal(lineOf(text, ['c', 'd'], 4), null);
  assert.equal(lineOf([''], [''], 7), 0);
});

test('a change says how many of its parts are in which state', () => {
  const states = ['rejected', 'accepted', 'accepted', 'undone'] as const;
  const info = { changeSet: 's', path: 'a.py', agent: 'm for Ann', hunks: states.map((state, index) => ({ number: index + 1, state, line: index, before: '', after: 'x' })) };
  assert.deepEqual(partsIn(info, 'accepted'), [2, 3]);
  assert.equal(stateSentence(info), '2 accepted, 1 rejected, 1 undone');
});

test('the call of a tool is a sentence, also when its arguments are cut', () => {
  assert.equal(toolSentence({ name: 'read_file', arguments: '{"path":"a.py","firstLine":3,"lastLine":9}' }), 'Read a.py, lines 3 to 9');
  assert.equal(toolSentence({ name: 'list_files', arguments: '{}' }), 'List the files of the workspace');
  assert.equal(toolSentence({ name: 'propose_edit', arguments: '{"path":"a.py","edits":[{"oldText":"x…' }), 'Propose a change to a.py');
  assert.equal(toolSentence({ name: 'other', arguments: 'null' }), 'other');
});

const hunk = (number: number, line: number, before: string, after: string, state = 'proposed') => ({ number, line, before, after, state }) as const;

test('a proposed text has the parts that are not decided, where their lines are now', () => {
  const hunks = [hunk(0, 0, 'import os', 'import os\nimport sys'), hunk(1, 7, '        return 3', '        return 5'), hunk(2, 10, 'def all(shapes):', 'def every(shapes):', 'rejected')];
  const info = { changeSet: 'c', path: 'shapes.py', agent: 'model', hunks } as Parameters<typeof proposedText>[1];
  assert.equal(proposedText(FILE, info), FILE.replace('import os\n', 'import os\nimport sys\n').replace('return 3', 'return 5'));
  // Somebody added a line above, and changed the lines of the first part.
  const edited = `# shapes\n${FILE.replace('import os', 'import math')}`;
  assert.equal(proposedText(edited, info), edited.replace('return 3', 'return 5'));
});
