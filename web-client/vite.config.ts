import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { BEST, compressed, FAST } from './compressed.ts';

export default defineConfig({
  // The page works below any path prefix that a proxy strips: every address is relative to the page.
  base: './',
  logLevel: 'warn',
  plugins: [
    compressed(
      fileURLToPath(new URL('target/compressed', import.meta.url)),
      process.env['PAGE_COMPRESSION'] === 'fast' ? FAST : BEST,
    ),
  ],
  resolve: { dedupe: ['vscode', 'yjs'] },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // The server's content security policy allows fonts from itself only, not as data URLs.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 20_000,
    reportCompressedSize: false,
  },
});
