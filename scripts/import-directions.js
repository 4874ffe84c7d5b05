import { dirname, relative, resolve } from 'node:path';

/**
 * The import table of src/. A part may import itself and the parts to its right. `a/b` names one file or folder, `a` a
 * whole folder, and `platforms/*` any platform.
 */
const directions = {
  main: ['app', 'config', 'platforms/registry', 'sandbox', 'server/telemetry'],
  // The command that runs the sandbox by itself.
  sandboxCommand: ['platforms/registry', 'sandbox'],
  app: [
    ...['config', 'server', 'graphql', 'platforms/registry', 'applivery', 'rest', 'paging'],
    ...['changes', 'creation', 'lookups', 'sharing', 'state', 'domain'],
  ],
  'platforms/registry': ['platforms/*/index'],
  'platforms/*': ['graphql', 'applivery', 'domain'],
  // The sandbox is a second reading of the vendor's documents and shares no code with the first.
  'platforms/*/sandbox': ['sandbox'],
  server: ['graphql', 'sharing', 'config', 'domain'],
  graphql: ['paging', 'creation', 'changes', 'lookups', 'domain'],
  applivery: ['rest', 'sharing', 'domain'],
  lookups: ['sharing', 'state', 'domain'],
  creation: ['sharing', 'domain'],
  changes: ['paging', 'sharing', 'domain'],
  paging: ['domain'],
  sharing: ['domain'],
  rest: ['domain'],
  state: ['domain'],
  config: [],
  sandbox: [],
  domain: [],
};

/** The parts that import no npm package. */
const withoutPackages = ['domain', 'paging', 'creation', 'changes'];

/** The part of a file below src/. The path has no extension. */
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
  // Only index.ts names the sandbox, and loads it on demand: an image can leave it out.
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
