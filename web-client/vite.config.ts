import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { compressed } from './compressed.ts';

// Monaco re-exports its language client only from the root module, which would pull in every
// language worker; the alias imports only the client.
const languageClient = fileURLToPath(
  new URL('../node_modules/monaco-editor/esm/external/monaco-lsp-client/out/index.js', import.meta.url),
);

export default defineConfig({
  // The page works below any path prefix that a proxy strips: every address is relative to the page.
  base: './',
  logLevel: 'warn',
  plugins: [compressed(fileURLToPath(new URL('target/compressed', import.meta.url)))],
  resolve: {
    alias: [
      { find: 'monaco-lsp', replacement: languageClient },
      { find: /^monaco-editor\/esm\/vs\/(.*)$/, replacement: 'monaco-editor/$1' },
    ],
  },
  build: {
    target: 'es2022',
    // The server's content security policy allows fonts from itself only, not as data URLs.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 6000,
    reportCompressedSize: false,
  },
});
