// The colours of the first paint, before the server has spoken: the grammars as VS Code itself runs them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { createOnigScanner, createOnigString, loadWASM } from 'vscode-oniguruma';
import { INITIAL, parseRawGrammar, Registry } from 'vscode-textmate';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const contributed: { scopeName: string; path: string; injectTo?: string[] }[] = manifest.contributes.grammars;

// As much of VS Code's grammar of JSON as the injection looks at, with the same names of scopes.
const value = [{ include: '#string' }, { include: '#array' }, { include: '#object' }];
const quoted = (name: string) => ({ begin: '"', end: '"', name, patterns: [{ match: '\\\\.', name: 'constant.character.escape.json' }] });
const json = {
  scopeName: 'source.json',
  patterns: value,
  repository: {
    string: quoted('string.quoted.double.json'),
    key: quoted('string.json support.type.property-name.json'),
    array: { begin: '\\[', end: '\\]', name: 'meta.structure.array.json', patterns: value },
    object: {
      begin: '\\{',
      end: '\\}',
      name: 'meta.structure.dictionary.json',
      patterns: [
        { include: '#key' },
        { begin: ':', end: ',|(?=\\})', name: 'meta.structure.dictionary.value.json', patterns: value },
      ],
    },
  },
};

const registry = new Registry({
  onigLib: loadWASM(readFileSync('node_modules/vscode-oniguruma/release/onig.wasm').buffer as ArrayBuffer).then(() => ({
    createOnigScanner,
    createOnigString,
  })),
  loadGrammar: async (scope) => {
    if (scope === 'source.json') {
      return parseRawGrammar(JSON.stringify(json), 'json.json');
    }
    const found = contributed.find(({ scopeName }) => scopeName === scope);
    return found && parseRawGrammar(readFileSync(found.path, 'utf8'), found.path);
  },
  getInjections: (scope) => contributed.filter(({ injectTo }) => injectTo?.includes(scope)).map(({ scopeName }) => scopeName),
});

/** Each piece of `text` with the innermost name that is ours, without what every name ends in. */
async function coloured(scope: string, text: string): Promise<string[]> {
  const grammar = await registry.loadGrammar(scope);
  assert.ok(grammar);
  const pieces: string[] = [];
  let stack = INITIAL;
  for (const line of text.split('\n')) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
    stack = ruleStack;
    for (const { startIndex, endIndex, scopes } of tokens) {
      const ours = scopes.filter((name) => name.endsWith('.flowsentry-expression') && !name.startsWith('meta.') && !name.startsWith('source.'));
      const name = ours.at(-1)?.replace('.flowsentry-expression', '');
      const piece = line.slice(startIndex, endIndex);
      if (name !== undefined && name !== 'keyword.operator') {
        pieces.push(`${name}:${piece}`);
      }
    }
  }
  return pieces;
}

const inFlow = (text: string, key = 'inputs') => `{"properties":{"definition":{"actions":{"A":{"${key}": "${text}", "next": "plain"}}}}}`;

test('an expression in a flow is coloured part by part', async () => {
  assert.deepEqual(await coloured('source.json', inFlow("@concat(body('B')?['c'].d, variables('v'), 'it''s', -1.5, TRUE)")), [
    'keyword.control.begin:@',
    'support.function:concat',
    'support.function:body',
    "entity.name.type.action:'B'",
    "variable.other.property:'c'",
    'variable.other.property:d',
    'support.function:variables',
    "variable.other:'v'",
    "string.quoted.single:'",
    'string.quoted.single:it',
    "constant.character.escape:''",
    'string.quoted.single:s',
    "string.quoted.single:'",
    'constant.numeric:-1.5',
    'keyword.control:TRUE',
  ]);
});

test('interpolation ends at its brace or with the string', async () => {
  assert.deepEqual(await coloured('source.json', inFlow("Dear @{outputs('A\\\"}')}, @@{no} x@y.z @{item(")), [
    'keyword.control.begin:@{',
    'support.function:outputs',
    'entity.name.type.action:\'A\\"}\'',
    'keyword.control.end:}',
    'keyword.control.begin:@{',
    'support.function:item',
  ]);
});

test('text that is no expression keeps the colours of JSON', async () => {
  for (const text of ['@@concat(1) @{x()}', 'a@b(c)', '@odata.type', '@', "it's (fine)"]) {
    assert.deepEqual(await coloured('source.json', inFlow(text)), [], text);
  }
  assert.deepEqual(await coloured('source.json', '{"a": "@concat(1)", "scripts": {"b": "@{x}"}}'), [], 'a file that is no flow');
});

test('an expression of its own may span lines', async () => {
  assert.deepEqual(await coloured('source.flowsentry-expression', "concat(\n  'say \"a',\n  items('Each')?.b\n)"), [
    'support.function:concat',
    "string.quoted.single:'",
    'string.quoted.single:say "a',
    "string.quoted.single:'",
    'support.function:items',
    "entity.name.type.action:'Each'",
    'variable.other.property:b',
  ]);
});

test('what the manifest names is there, and goes into the package', () => {
  const packed = readFileSync('.vscodeignore', 'utf8');
  assert.match(packed, /!syntaxes\/\*\*/);
  for (const { configuration } of manifest.contributes.languages) {
    JSON.parse(readFileSync(configuration, 'utf8'));
    assert.ok(packed.includes(`!${configuration.replace('./', '')}`));
  }
  assert.ok(contributed.every(({ path, scopeName }) => JSON.parse(readFileSync(path, 'utf8')).scopeName === scopeName));
});
