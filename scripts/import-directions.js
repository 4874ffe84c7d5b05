import { dirname, relative, resolve } from 'node:path';

/**
 * Who may import whom below src/: a part may import itself and what stands to its right. `a/b` names one file, `a` all
 * of a folder, and `platforms/*` any one platform.
 */
const directions = {
  main: ['app', 'config', 'platforms/registry', 'sandbox', 'server/tracing', 'server/telemetry'],
  // The command that starts the sandbox alone.
  sandboxCommand: ['platforms/registry', 'sandbox'],
  app: [
    ...['config', 'server', 'graphql', 'platforms/registry', 'paging', 'creation', 'lookups'],
    ...['sharing', 'state', 'applivery', 'rest', 'domain', 'loaders', 'tokens'],
  ],
  'platforms/registry': ['platforms/*/index'],
  'platforms/*': ['graphql', 'applivery', 'rest', 'domain', 'tokens'],
  // A second reading of the vendor's documents: it knows nothing of the first.
  'platforms/*/sandbox': ['sandbox'],
  graphql: ['paging', 'creation', 'lookups', 'domain', 'loaders', 'tokens'],
  server: ['config', 'graphql', 'sharing', 'domain', 'tokens'],
  lookups: ['sharing', 'state', 'domain', 'loaders', 'tokens'],
  loaders: ['lookups', 'sharing', 'state', 'domain', 'tokens'],
  applivery: ['rest', 'sharing', 'state', 'domain', 'tokens'],
  rest: ['applivery', 'state', 'domain', 'tokens'],
  creation: ['sharing', 'domain', 'tokens'],
  sharing: ['creation', 'domain', 'loaders', 'tokens'],
  paging: ['domain', 'tokens'],
  state: ['domain', 'applivery', 'rest', 'tokens'],
  config: [],
  sandbox: [],
  domain: ['tokens'],
  tokens: ['domain', 'creation', 'sharing', 'paging'],
};

/** The domain needs nothing that is installed. */
const withoutPackages = ['tokens', 'domain', 'paging', 'creation'];

/** The part that a file below src/ belongs to, by its path without the ending. */
const partOf = (path) => {
  const [folder, name, file] = path.split('/');
  if (folder === 'sandbox' && name === undefined) return 'sandboxCommand';
  if (folder !== 'platforms') return folder;
  if (file === undefined) return `platforms/${name}`;
  return file === 'sandbox' ? 'platforms/*/sandbox' : 'platforms/*';
};

const within = (path, pattern) => {
  const names = path.split('/');
  return pattern.split('/').every((name, index) => name === '*' || name === names[index]);
};

/** Whether one file below src/ may import another. */
const mayImport = (from, to) => {
  const part = partOf(from);
  if (directions[part]?.some((pattern) => within(to, pattern))) return true;
  if (part === 'platforms/*/sandbox') return false;
  const isOwnSlice = within(to, dirname(from));
  // Met by name only where it is loaded on demand, so that an image can leave it out.
  if (part === 'platforms/*') {
    return isOwnSlice && (partOf(to) === part || from.endsWith('/index'));
  }
  return partOf(to) === part;
};

/** @type {import('eslint').Rule.RuleModule} */
const rule = {
  meta: { type: 'problem', schema: [], messages: {} },
  create(context) {
    const source = resolve(context.cwd, 'src');
    const toPath = (file) => relative(source, file).replace(/\.ts$/, '');
    const from = toPath(context.filename);
    const check = (node) => {
      const target = node.source?.value;
      if (typeof target !== 'string' || target.startsWith('node:')) return;
      const part = partOf(from);
      if (!target.startsWith('.')) {
        if (withoutPackages.includes(part)) {
          context.report({ node, message: `${part} imports no package, and this is ${target}` });
        }
        return;
      }
      const to = toPath(resolve(dirname(context.filename), target));
      if (mayImport(from, to)) return;
      const allowed = directions[part]?.join(', ') || 'nothing';
      context.report({ node, message: `${part} may import ${allowed}, and this is ${to}` });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};

export const importDirections = {
  files: ['src/**/*.ts'],
  plugins: { layout: { rules: { 'import-directions': rule } } },
  rules: { 'layout/import-directions': 'error' },
};
