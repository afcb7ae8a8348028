import uniModule from '@dcloudio/vite-plugin-uni';
import { defineConfig } from 'vite';
import { blank } from './hosts.ts';

// A CommonJS package: its default stands one deeper.
const uni = (uniModule as unknown as { default?: typeof uniModule }).default ?? uniModule;
const program = process.env.LINLI_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [uni(), blank()],
  build: {
    assetsInlineLimit: 0,
    // In the browser all pages come with the first: whoever loses the network in the middle of the form goes on writing.
    ...(process.env.UNI_PLATFORM === 'mp-weixin' ? {} : { cssCodeSplit: false, rollupOptions: { output: { inlineDynamicImports: true } } }),
  },
  server: { host: '127.0.0.1', proxy: { '/api': { target: program, changeOrigin: false } } },
});
