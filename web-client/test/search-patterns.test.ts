import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patternsOf, scopeOf } from '../src/files/search-patterns.js';

test('a pattern matches at any depth only with ** at its start', () => {
  assert.deepEqual(patternsOf({ '**/words': true, '**/words/**': true, '**/off': false }), ['**/words']);
  assert.deepEqual(patternsOf({ dist: true, 'src/*.ts': true }), ['/dist', '/src/*.ts']);
  assert.deepEqual(patternsOf({ '**/*.ts': true, gen: true }, 'app'), ['/app/**/*.ts', '/app/gen']);
  assert.deepEqual(patternsOf(undefined), []);
});

test('"Find in Folder…" and "Search only in Open Editors" are limited to what they name', () => {
  assert.deepEqual(scopeOf([{ path: '' }]), []);
  assert.deepEqual(scopeOf([{ path: '', includePattern: { src: true, 'src/**': true } }]), ['/src']);
  assert.deepEqual(scopeOf([{ path: '', includePattern: { 'src/a.py': true, 'b.py': true } }]), ['/src/a.py', '/b.py']);
  assert.deepEqual(scopeOf([{ path: 'lib' }, { path: 'app', includePattern: { x: true } }]), ['/lib', '/app/x']);
  assert.deepEqual(scopeOf([{ path: 'lib' }, { path: '' }]), []);
});

test('characters of names that mean something in patterns match', () => {
  assert.deepEqual(scopeOf([{ path: '', includePattern: { 'app/[[]id[]]': true, 'a[*]b[?].txt': true } }]), ['/app/[id]', '/a?b?.txt']);
  assert.deepEqual(scopeOf([{ path: 'a{b' }]), ['/a?b']);
});
