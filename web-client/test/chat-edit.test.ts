import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf, editPrompt } from '../src/chat/edit-prompt.js';
import { placed } from '../src/chat/placement.js';

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
