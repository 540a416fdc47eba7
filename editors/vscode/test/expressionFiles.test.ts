// Side editors and their flows, with the server and the editor played by this test.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Uri } from 'vscode';
import { ExpressionFiles } from '../src/expressionFiles';
import { Uri as FakeUri } from './fakes/vscode';

const uri = FakeUri.parse('flowsentry-expression:/a?flow=f') as unknown as Uri;
const key = uri.toString();

/** The string in the flow; `undefined` while the flow has no such expression. */
let flow: string | undefined;
/** What the editor shows. */
let shown: { text: string; dirty: boolean } | undefined;
let carried: string[];
let warned: number;
let meanwhile: () => void | Promise<void>;
let files: ExpressionFiles<string>;
let events: number[];

beforeEach(() => {
  [flow, shown, carried, warned, meanwhile, events] = ['a()', undefined, [], 0, () => {}, []];
  files = new ExpressionFiles<string>({
    take: async () => {
      if (flow === undefined) {
        throw new Error('no longer at its place');
      }
      return { uri: key, text: `\n${flow}`, base: flow, flow: 'f' };
    },
    put: async (_, text, base) => {
      if (base !== flow) {
        throw new Error('changed in the flow');
      }
      return { edit: text.trim() === base ? null : text.trim(), base: text.trim() };
    },
    shown: () => shown,
    carryOut: async (_, edit) => {
      await meanwhile();
      carried.push(edit);
      flow = edit;
      // The change is told before saving the flow is done.
      await files.look('f');
    },
    warn: () => warned++,
  });
  files.onDidChangeFile((changes) => events.push(...changes.map(({ type }) => type)));
});

/** The editor opens the file, or reads it again: what it shows is what was read. */
async function load() {
  const text = Buffer.from(await files.readFile(uri)).toString();
  shown = { text, dirty: false };
  files.settle(key);
}

const save = async (text: string) => {
  await files.writeFile(uri, Buffer.from(text));
  shown = { text, dirty: false };
  files.settle(key);
};

test('what is saved goes into the flow, again and again', async () => {
  await load();
  assert.equal(shown?.text, '\na()');
  const before = (await files.stat(uri)).mtime;
  shown = { text: 'b()', dirty: true };
  await save('b()');
  await save('b()\n\n');
  await save('c()');
  assert.deepEqual(carried, ['b()', 'c()']);
  assert.ok((await files.stat(uri)).mtime > before);
  // Its own edits are no news, neither while they are made nor later.
  await files.look('f');
  assert.deepEqual([events, warned], [[], 0]);
});

test('a change underneath is shown where nothing is lost', async () => {
  await load();
  flow = 'z()';
  await files.look('another');
  assert.deepEqual(events, []);
  await files.look('f');
  assert.deepEqual(events, [1]);
  await load();
  await save('y()');
  assert.equal(flow, 'y()');
});

test('a change underneath refuses what is typed over it, whatever else reads the file', async () => {
  await load();
  shown = { text: 'mine()', dirty: true };
  flow = 'theirs()';
  await files.look('f');
  await files.look('f');
  assert.deepEqual([events, warned], [[], 1]);
  // As a comparison with the saved file does.
  await files.readFile(uri);
  files.settle(key);
  await assert.rejects(save('mine()'), /changed in the flow/);
  assert.equal(flow, 'theirs()');
  // Reverting reads while the document still counts as edited; then it shows what was read.
  const text = Buffer.from(await files.readFile(uri)).toString();
  files.settle(key);
  shown = { text, dirty: false };
  files.settle(key);
  await save('both()');
  assert.equal(flow, 'both()');
});

test('an expression that went is a deleted file until it comes back', async () => {
  await load();
  flow = undefined;
  await files.look('f');
  await files.look('f');
  assert.deepEqual(events, [3]);
  await assert.rejects(files.stat(uri), { code: 'FileNotFound' });
  await assert.rejects(files.readFile(uri), /no longer at its place/);
  await assert.rejects(save('x()'), /changed in the flow/);
  flow = 'a()';
  await files.look('f');
  assert.deepEqual(events, [3, 2]);
  await files.stat(uri);
  await save('x()');
  assert.equal(flow, 'x()');
});

test('a text kept over a restart is not written, as nobody knows what it was made of', async () => {
  shown = { text: 'kept()', dirty: true };
  await assert.rejects(save('kept()'), /before the editor was restarted/);
  await files.stat(uri);
  files.settle(key);
  await assert.rejects(save('kept()'), /before the editor was restarted/);
  await load();
  await save('new()');
  assert.equal(flow, 'new()');
});

test('an edit that cannot be carried out leaves everything as it was', async () => {
  await load();
  meanwhile = () => {
    throw new Error('at the same moment');
  };
  await assert.rejects(save('b()'), /at the same moment/);
  meanwhile = () => {};
  await save('b()');
  assert.deepEqual(carried, ['b()']);
});
