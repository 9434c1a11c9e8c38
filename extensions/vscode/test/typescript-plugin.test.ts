import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';

type Service = Record<string, (file: string, ...more: unknown[]) => unknown>;

/** The tests run in the folder of the extension. */
const plugin = createRequire(import.meta.url)(resolve('typescript-plugin')) as () => { create(info: { languageService: Service }): Service };

describe('the plugin of the TypeScript server of VS Code', () => {
  const methods = ['getCompletionsAtPosition', 'getDefinitionAndBoundSpan', 'getQuickInfoAtPosition', 'getSyntacticDiagnostics', 'getOutliningSpans'];
  const service = plugin().create({ languageService: Object.fromEntries(methods.map((name) => [name, (file, ...more) => `${name} ${file} ${more.join()}`])) });
  const ask = (name: string, file: string) => service[name]!(file, 7);

  it('gives no answers for files of a workspace, on a desktop and in a browser', () => {
    for (const file of ['^/qide/127.0.0.1:8080/project/src/a.ts', '/qide/127.0.0.1:8080/project/src/a.ts']) {
      for (const name of methods.slice(0, 3)) assert.equal(ask(name, file), undefined, name);
      assert.deepEqual(ask('getSyntacticDiagnostics', file), []);
    }
  });

  it('leaves the answers for other files, and those that people see once', () => {
    for (const file of ['/home/ann/qide/a.ts', '^/vscode-vfs/github/qide/a.ts']) assert.equal(ask('getCompletionsAtPosition', file), `getCompletionsAtPosition ${file} 7`);
    const file = '^/qide/127.0.0.1:8080/project/src/a.ts';
    assert.equal(ask('getOutliningSpans', file), `getOutliningSpans ${file} 7`);
  });

  it('is the one that the manifest names', () => {
    const { contributes } = JSON.parse(readFileSync('desktop.json', 'utf8')) as { contributes: { typescriptServerPlugins: readonly { name: string }[] } };
    const { name } = JSON.parse(readFileSync('typescript-plugin/package.json', 'utf8')) as { name: string };
    assert.deepEqual(contributes.typescriptServerPlugins.map((each) => each.name), [name]);
  });
});
