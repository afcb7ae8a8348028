// Apart from vite.config.ts: these tests want neither uni-app's compiler nor its runtime.
import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['src/**/*.test.ts', 'tests/**/*.test.ts'], setupFiles: ['tests/uni.ts'], testTimeout: 20_000 } });
