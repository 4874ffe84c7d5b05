import tseslint from 'typescript-eslint';

/**
 * Who may import whom below src/ (docs/decisions and the README's layout say why). A layer may always import itself;
 * what stands on the right may be imported by what stands on the left.
 */
const layers = {
  app: ['config', 'server', 'graphql', 'platforms', 'loaders', 'applivery', 'state', 'tokens'],
  config: [],
  graphql: ['loaders', 'tokens'],
  server: ['graphql/context', 'tokens/errors', 'config'],
  loaders: ['state', 'tokens'],
  applivery: ['state', 'tokens'],
  state: ['tokens'],
  sandbox: [],
  tokens: [],
};
const folders = [
  'server',
  'graphql',
  'platforms',
  'loaders',
  'applivery',
  'state',
  'sandbox',
  'tokens',
];
const files = ['main', 'app', 'config'];

const forbid = (message, patterns) => ({
  rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: patterns, message }] }] },
});

const layerRule = (layer) => {
  const allowed = layers[layer];
  const banned = [...folders, ...files]
    .filter((other) => other !== layer && !allowed.includes(other))
    .map((other) => {
      const exceptions = allowed
        .filter((name) => name.startsWith(`${other}/`))
        .map((name) => name.slice(other.length + 1));
      const except = exceptions.length > 0 ? `(?!(?:${exceptions.join('|')})\\.ts$)` : '';
      return files.includes(other) ? `\\.\\.?/${other}\\.ts$` : `\\.\\.?/${other}/${except}`;
    });
  return {
    files: folders.includes(layer) ? [`src/${layer}/**/*.ts`] : [`src/${layer}.ts`],
    ...forbid(`${layer} may only import: ${allowed.join(', ') || 'nothing'}`, banned.join('|')),
  };
};

const sliceRule = {
  files: ['src/platforms/*/*.ts'],
  ...forbid(
    'A platform imports graphql, applivery, sandbox and tokens, and never another platform',
    '\\.\\./\\.\\./(?!graphql/|applivery/|sandbox/|tokens/)|^\\.\\./(?!\\.\\./)',
  ),
};

/** A slice is met through its index; only the sandbox command may load the sandbox part by itself. */
const registryRule = {
  files: ['src/platforms/registry.ts'],
  ...forbid('The registry knows a platform by its index only', '\\./[^/]+/(?!index\\.ts$)|\\.\\./'),
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'examples/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  ...Object.keys(layers).map(layerRule),
  sliceRule,
  registryRule,
  {
    files: ['src/**/*.ts'],
    ignores: ['src/main.ts', 'src/sandbox.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'Only main.ts knows the process.' },
      ],
    },
  },
);
