import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

/** The texts of the manifests; the tests run in the folder of the extension. */
const texts = ['package.json', 'desktop.json'].map((name) => readFileSync(name, 'utf8'));

interface Contributions {
  readonly viewsContainers?: { readonly activitybar: readonly { readonly id: string }[] };
  readonly views?: Readonly<Record<string, readonly unknown[]>>;
}

test('every container of views has a view, after the package has joined both manifests', () => {
  const all = texts.map((text) => (JSON.parse(text) as { contributes: Contributions }).contributes);
  const containers = all.flatMap(({ viewsContainers }) => viewsContainers?.activitybar ?? []).map(({ id }) => id);
  assert.ok(containers.length > 1);
  for (const id of containers) assert.ok(all.some(({ views }) => (views?.[id]?.length ?? 0) > 0), `${id} has no view`);
});

test('a manifest has no kind of contribution twice, of which JSON would keep the last', () => {
  for (const text of texts) {
    const kinds = [...text.matchAll(/^ {4}"(\w+)": [[{]/gm)].map(([, name]) => name);
    assert.deepEqual(kinds, [...new Set(kinds)]);
  }
});

test('the documents of every language server have a language, also in an editor that has none by itself', () => {
  const { contributes } = JSON.parse(readFileSync('desktop.json', 'utf8')) as { contributes: { languages: readonly { readonly id: string }[] } };
  const known = new Set(contributes.languages.map(({ id }) => id));
  const declared = readFileSync('../../server/src/main/resources/dev/qide/language/languages.json', 'utf8');
  const { servers } = JSON.parse(declared) as { servers: readonly { readonly language: string; readonly languageIds: readonly string[] }[] };
  assert.ok(servers.length > 5);
  for (const { language, languageIds } of servers) {
    if (languageIds.length > 0) assert.ok(languageIds.some((id) => known.has(id)), `the documents of ${language} have no language`);
  }
});

test('the keys of terminals are those of VS Code while they are not known to be wanted, and the commands are enabled whenever their keys are', () => {
  const { commands, keybindings } = (JSON.parse(texts[0]!) as { contributes: { commands: readonly { command: string; enablement?: string }[]; keybindings: readonly { command: string; when: string }[] } }).contributes;
  for (const { command, when } of keybindings) {
    const { enablement } = commands.find((one) => one.command === command)!;
    const early = '(qide.isOpen || virtualWorkspace == qide) && !qide.isTerminalAccessKnown';
    assert.ok(when.includes(`qide.mayUseTerminals || ${early}`), command);
    assert.ok(enablement!.includes(early) && enablement!.startsWith('qide.mayUseTerminals ||'), command);
  }
});
