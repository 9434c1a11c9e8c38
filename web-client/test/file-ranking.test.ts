import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bestPaths } from '../src/files/file-ranking.js';

const MANY = Array.from({ length: 20_000 }, (_, number) => `apps/package-${number}/source/index.ts`);

test('the best paths are those of the name, wherever they are in a large tree', () => {
  const { paths, isCut } = bestPaths([...MANY, 'src/app.ts', 'z/app.test.ts'], 'app.ts', 512);
  assert.equal(paths[0], 'src/app.ts');
  assert.equal(paths.length, 512);
  assert.ok(isCut);
});

test('a pattern may have several parts and folders', () => {
  assert.deepEqual(bestPaths(['src/app/main.ts', 'test/app/main.ts', 'main.css'], 'test main', 10).paths, ['test/app/main.ts']);
  assert.deepEqual(bestPaths(['src/app/main.ts', 'test/app/main.ts'], 'src/main', 10).paths, ['src/app/main.ts']);
});

test('an empty pattern matches everything', () => {
  assert.deepEqual(bestPaths(['a', 'b', 'c'], '', 2), { paths: ['a', 'b'], isCut: true });
});
