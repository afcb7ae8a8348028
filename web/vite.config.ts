import vue from '@vitejs/plugin-vue';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const program = process.env.LINLI_URL ?? 'http://127.0.0.1:8080';

// dist/worker.js from src/worker/worker.js, with the names of all files of the shell: another build is another worker.
function worker(): Plugin {
  return {
    name: 'linli-worker',
    apply: 'build',
    generateBundle(_options, bundle) {
      const files = ['/', ...Object.keys(bundle).filter((name) => name.startsWith('assets/')).map((name) => `/${name}`), '/display.js', '/favicon.svg'];
      const version = createHash('sha256').update(files.join('\n')).digest('hex').slice(0, 12);
      const source = readFileSync(fileURLToPath(new URL('src/worker/worker.js', import.meta.url)), 'utf8');
      this.emitFile({ type: 'asset', fileName: 'worker.js', source: `const VERSION = '${version}';\nconst FILES = ${JSON.stringify(files)};\n${source}` });
    },
  };
}

export default defineConfig({
  plugins: [vue(), worker()],
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
  define: {
    __VUE_I18N_LEGACY_API__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: {
    target: 'es2022',
    // The program's Content-Security-Policy allows no data: scripts and styles from files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // The program wants Origin and Host to agree, so the browser's Host is passed on.
  server: { host: '127.0.0.1', proxy: { '/api': { target: program, changeOrigin: false } } },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
});
