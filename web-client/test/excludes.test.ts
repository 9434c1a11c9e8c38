import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excluded } from '../src/files/excludes.js';

test('a pattern that matches a folder leaves out everything in it', () => {
  const isOut = excluded([{ '**/dist': true, '**/*.log': true }, { out: true, '**/off': false }]);
  for (const path of ['dist/a.js', 'x/dist/y/a.js', 'x/y.log', 'out/deep/a.js', 'dist']) assert.ok(isOut(path), path);
  for (const path of ['a.js', 'x/out/a.js', 'distant/a.js', 'off/a.js']) assert.ok(!isOut(path), path);
});
