import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** A text of graphql's that stands in its file once, and what is bundled in its place. */
interface Shortcut {
  readonly from: string;
  readonly to: string;
}

/** Ways through graphql's execution that give the same answers for less (decision 016), by file. */
const shortcuts: Readonly<Record<string, Shortcut>> = {
  // A field that takes no arguments needs no map of them.
  'execution/values.js': {
    from: 'function getArgumentValues(def, node, variableValues) {',
    to: `const noArguments = Object.freeze({});

function getArgumentValues(def, node, variableValues) {
  if (def.args.length === 0) return noArguments;`,
  },
  // A result is of a class, though one without a prototype's names: it is no dictionary to fill and to print. A plain
  // value of a field without a resolver needs no path and no description of its place; what is not so plain goes the
  // long way, which says what is wrong with it.
  'execution/execute.js': {
    from: `function executeFields(exeContext, parentType, sourceValue, path, fields) {
  const results = Object.create(null);
  let containsPromise = false;

  try {
    for (const [responseName, fieldNodes] of fields.entries()) {
`,
    to: `function ResultObject() {}
ResultObject.prototype = Object.create(null);

const leafTypes = new WeakMap();

function leafTypeOf(fieldDef) {
  let leafType = leafTypes.get(fieldDef);
  if (leafType === undefined) {
    const type = (0, _definition.getNullableType)(fieldDef.type);
    leafType = !fieldDef.resolve && (0, _definition.isLeafType)(type) ? type : null;
    leafTypes.set(fieldDef, leafType);
  }
  return leafType;
}

function readLeaf(exeContext, parentType, source, fieldNode) {
  if (typeof source !== 'object' || source === null) return undefined;
  if (exeContext.fieldResolver !== defaultFieldResolver) return undefined;
  const fieldDef = getFieldDef(exeContext.schema, parentType, fieldNode);
  const leafType = fieldDef ? leafTypeOf(fieldDef) : null;
  if (leafType === null) return undefined;
  try {
    const value = source[fieldDef.name];
    if (value === null) return fieldDef.type === leafType ? null : undefined;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      return undefined;
    }
    return leafType.serialize(value) ?? undefined;
  } catch {
    return undefined;
  }
}

function executeFields(exeContext, parentType, sourceValue, path, fields) {
  const results = new ResultObject();
  let containsPromise = false;

  try {
    for (const [responseName, fieldNodes] of fields.entries()) {
      const leaf = readLeaf(exeContext, parentType, sourceValue, fieldNodes[0]);
      if (leaf !== undefined) {
        results[responseName] = leaf;
        continue;
      }
`,
  },
  // Only the promises among an object's values are waited for, and the object stays the same.
  'jsutils/promiseForObject.js': {
    from: `  return Promise.all(Object.values(object)).then((resolvedValues) => {
    const resolvedObject = Object.create(null);

    for (const [i, key] of Object.keys(object).entries()) {
      resolvedObject[key] = resolvedValues[i];
    }

    return resolvedObject;
  });
`,
    to: `  return new Promise((resolve, reject) => {
    let waiting = 0;
    for (const key in object) {
      const value = object[key];
      if (typeof value?.then !== 'function') continue;
      waiting += 1;
      value.then((settled) => {
        object[key] = settled;
        waiting -= 1;
        if (waiting === 0) resolve(object);
      }, reject);
    }
    if (waiting === 0) resolve(object);
  });
`,
  },
};

/** Bundles graphql with its shortcuts. */
export const shorten: Plugin = {
  name: 'shortcuts in graphql',
  setup: ({ onLoad }) => {
    for (const [file, { from, to }] of Object.entries(shortcuts)) {
      onLoad({ filter: new RegExp(`/node_modules/graphql/${file}$`) }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        if (text.split(from).length !== 2) {
          throw new Error(`graphql's ${file} has changed: see docs/decisions/016.`);
        }
        return { contents: text.replace(from, () => to) };
      });
    }
  },
};
