import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/pictures/{pictures,walk-through}.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    hookTimeout: 300_000,
    testTimeout: 300_000,
  },
});
