import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * What Temporal's sandbox of workflows does not have, or what differs from one replay to the next. Which files run there
 * is what .dependency-cruiser.js says; it also keeps Node's modules out of them.
 */
const SANDBOX = [
  'workflows/**',
  'src/{contract,flow-control,progress}/**',
  'src/invitations/{pace,queue}.ts',
  'src/report/{headline,next-steps}.ts',
  'src/notify/rules.ts',
  'src/format.ts',
];
const NODE_GLOBALS = [
  ...['process', 'Buffer', 'require', 'module', '__dirname', '__filename', 'global'],
  ...['setImmediate', 'clearImmediate', 'fetch', 'crypto', 'performance', 'structuredClone'],
  ...['WeakRef', 'FinalizationRegistry'],
].map((name) => ({
  name,
  message: 'The sandbox of workflows does not have it, or it differs at a replay.',
}));

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
    files: SANDBOX,
    rules: { 'no-restricted-globals': ['error', ...NODE_GLOBALS] },
  },
  {
    files: ['test/**'],
    rules: { '@typescript-eslint/unbound-method': 'off' },
  },
  {
    files: ['test/**'],
    ignores: ['test/unit/**/*.mocked.*'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['mock', 'doMock', 'resetModules'].map((property) => ({
          object: 'vi',
          property,
          message:
            'Test files share their modules: one that replaces any is named *.mocked.test.ts.',
        })),
      ],
    },
  },
  {
    // Plain Node: what JSON.parse returns cannot be cast there without more words than it is worth.
    files: ['scripts/**', 'dev/**/*.mjs', 'examples/**'],
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
