// The Raft Lab as a static bundle: relative addresses, so that it works below any path and from a plain file server.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import solid from 'vite-plugin-solid';

const here = dirname(fileURLToPath(import.meta.url));

export default defineConfig({
  root: here,
  base: './',
  // What holds no components needs no compiler for them: the engine is large.
  plugins: [solid({ include: /\.tsx$/ })],
  build: {
    outDir: join(here, '../../dist/lab'),
    emptyOutDir: true,
    target: 'es2022',
    // A content security policy of `default-src 'self'` allows no data: addresses and no inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // One file: the Lab is used as a whole, and 350 kB of it gzipped are what is allowed.
    chunkSizeWarningLimit: 1_500,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
