// Bundles the extension for VS Code into target/vsix: the folder that `vsce package` packs.

import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));
const folder = `${root}target/vsix`;
/** Native modules that `ws` uses where they are installed. */
const OPTIONAL = ['bufferutil', 'utf-8-validate'];

const common = { root, configFile: false, logLevel: 'warn', publicDir: false, resolve: { dedupe: ['yjs'] } };
await rm(folder, { recursive: true, force: true });
await mkdir(`${folder}/dist`, { recursive: true });
await build({
  ...common,
  ssr: { noExternal: true },
  build: {
    ssr: 'src/desktop/extension.ts',
    target: 'node20',
    outDir: `${folder}/dist`,
    emptyOutDir: false,
    minify: true,
    rollupOptions: { external: ['vscode', ...OPTIONAL], output: { format: 'cjs', entryFileNames: 'extension.cjs', codeSplitting: false } },
  },
});
const webviews = { 'team-chat': 'src/desktop/team-chat-webview.ts', chat: '../../web-client/src/chat/webview.ts' };
for (const [name, script] of Object.entries(webviews)) {
  await build({
    ...common,
    build: {
      target: 'es2022',
      // VS Code 1.100 has Chromium 132: `light-dark()` is left as it is.
      cssTarget: 'chrome132',
      outDir: `${folder}/dist`,
      emptyOutDir: false,
      modulePreload: false,
      rollupOptions: {
        input: `${root}${script}`,
        output: { entryFileNames: `${name}.js`, assetFileNames: `${name}[extname]`, codeSplitting: false },
      },
    },
  });
}
const plugin = await json('typescript-plugin/package.json');
const { type: _type, private: _private, exports: _exports, scripts: _scripts, devDependencies: _packages, ...manifest } = await json('package.json');
const desktop = await json('desktop.json');
const files = ['dist', 'walkthrough', 'icon.png', 'LICENSE', 'README.md', 'node_modules'];
const dependencies = { [plugin.name]: plugin.version };
await writeFile(`${folder}/package.json`, JSON.stringify({ ...manifest, ...desktop, files, dependencies, contributes: merged(manifest.contributes, desktop.contributes) }, null, 2));
// VS Code finds plugins of its TypeScript server among the packages of an extension.
await cp(`${root}typescript-plugin`, `${folder}/node_modules/${plugin.name}`, { recursive: true });
for (const name of ['walkthrough', 'icon.png', 'README.md']) await cp(`${root}${name}`, `${folder}/${name}`, { recursive: true });
await cp(`${root}../../LICENSE`, `${folder}/LICENSE`);

async function json(name) {
  return JSON.parse(await readFile(`${root}${name}`, 'utf8'));
}

/** Two objects as one; lists of the same name are joined. */
function merged(one, other) {
  if (Array.isArray(one) && Array.isArray(other)) return [...one, ...other];
  const isObject = (value) => typeof value === 'object' && value !== null;
  if (!isObject(one) || !isObject(other)) return other;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, name in one && name in other ? merged(one[name], other[name]) : (other[name] ?? one[name])]));
}
