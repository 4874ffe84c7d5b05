import tseslint from 'typescript-eslint';
import { importDirections } from './scripts/import-directions.js';

export default tseslint.config(
  { ignores: ['.cache/', 'dist/', 'node_modules/', 'coverage/', 'examples/web/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // node:http ignores what a request handler returns; a promise left alone elsewhere is no-floating-promises.
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { arguments: false } },
      ],
      // Ports are records of functions, and none of those uses this.
      '@typescript-eslint/unbound-method': 'off',
      // Values of JSON: what may be an object to the types is a text in the data that it is read from.
      '@typescript-eslint/no-base-to-string': 'off',
      // The compiler says so already.
      '@typescript-eslint/no-unused-vars': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // Tests read answers of any shape; what they expect of them is the check. The same goes for measurements.
    files: ['test/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
    },
  },
  {
    // Hooks of plugins are handed documents and results as any.
    files: ['src/server/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  importDirections,
  {
    files: ['src/**/*.ts'],
    ignores: ['src/main.ts', 'src/sandbox.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'Only a command knows the process.' },
      ],
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'node:process', message: 'Only a command knows the process.' }] },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ObjectExpression > Property[kind=/^(get|set)$/]',
          message: 'V8 keeps all that it reaches until a full collection: a class has getters.',
        },
      ],
    },
  },
);
