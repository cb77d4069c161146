import { builtinModules } from 'node:module';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * What a workflow's code must not name: Temporal runs it in a sandbox that has no Node, and replays it, so that whatever
 * differs from one run to the next corrupts an import. Found here, it costs a red line; at run time, a stuck workflow.
 */
const NODE_MODULES = {
  regex: `^(node:.*|(${builtinModules.join('|')})(/.*)?)$`,
  message: 'Workflows run in a sandbox without Node. Do it in an activity.',
};
const NODE_GLOBALS = [
  ...[
    'process',
    'Buffer',
    'require',
    'module',
    '__dirname',
    '__filename',
    'global',
    'setImmediate',
    'clearImmediate',
  ],
  ...['fetch', 'crypto', 'performance', 'structuredClone', 'WeakRef', 'FinalizationRegistry'],
].map((name) => ({
  name,
  message: 'The sandbox of workflows does not have it, or it differs at a replay.',
}));

const TEMPORAL_ELSEWHERE = {
  regex: '^@temporalio/(activity|client|envconfig|worker)$',
  message: 'Workflows use @temporalio/workflow and @temporalio/common only.',
};
const ACTIVITIES = {
  regex: '(^|/)activities(/|$)',
  allowTypeImports: true,
  message: 'Only `import type` from activities: their code would drag Node into the sandbox.',
};
const REST_OF_SRC = {
  regex: '(^|/)src/(?!(contract|pacing|progress)([./]|$)|plan/chunk-rows)',
  // A type is gone when the workflow is compiled.
  allowTypeImports: true,
  message:
    'Workflows use src/contract, src/pacing and src/progress only. Do the rest in an activity.',
};
/** From within src/contract and src/progress, the rest of src is one step up. */
const REST_OF_SRC_FROM_WITHIN = {
  regex: '^\\.\\./(?!(contract|pacing|progress)([./]|$)|plan/chunk-rows)',
  allowTypeImports: true,
  message: 'Workflows import this, so that it may use src/contract and src/progress only.',
};

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', '.demo/']),
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.check.json', './src/passwords/bcrypt/assembly/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/no-floating-promises': 'error',
      // `typeof import('…')` is how an optional package is typed without being loaded.
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      // `noUncheckedIndexedAccess` asks for `!` wherever an index is known to be within bounds.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // `[...text].length` counts code points, as JSON schema does.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // A port's method is async whether or not its adapter waits for anything.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { varsIgnorePattern: '^_', argsIgnorePattern: '^_' },
      ],
      // A number in a message reads as it is.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => stop()` is a plain way to drop a result.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
    },
  },
  {
    files: ['workflows/**', 'src/contract/**', 'src/progress/**', 'src/progress.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [NODE_MODULES, REST_OF_SRC_FROM_WITHIN] },
      ],
      'no-restricted-globals': ['error', ...NODE_GLOBALS],
    },
  },
  {
    files: ['workflows/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [NODE_MODULES, TEMPORAL_ELSEWHERE, ACTIVITIES, REST_OF_SRC] },
      ],
    },
  },
  {
    files: ['test/**'],
    rules: { '@typescript-eslint/unbound-method': 'off' },
  },
  {
    // Plain Node: what JSON.parse returns cannot be cast there without more words than it is worth.
    files: ['scripts/**', 'dev/**/*.mjs'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/restrict-plus-operands': 'off',
    },
  },
  // Not part of the TypeScript project: linted without types, and CommonJS for a reason that it gives.
  {
    files: ['bin/**'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { parserOptions: { project: null } },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
);
