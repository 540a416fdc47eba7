// The whole extension against a faked editor and client, with real processes as servers.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { ExtensionContext } from 'vscode';
import { activate, deactivate } from '../src/extension';
import { clients } from './fakes/languageclient';
import { recorded } from './fakes/vscode';
import { script } from './scripts';

const wellBehaved = () => script('echo "ready 1.2.3"; cat >/dev/null');

beforeEach(() => {
  clients.length = 0;
  recorded.errors.length = 0;
  recorded.executed.length = 0;
  recorded.settings.clear();
});
afterEach(() => deactivate());

async function start(serverPath: string) {
  recorded.settings.set('flowsentry.server.path', serverPath);
  const context = { subscriptions: [], extensionPath: '/nonexistent', extension: { packageJSON: { version: '0.1.0' } } };
  await activate(context as unknown as ExtensionContext);
}

async function until(what: string, probe: () => boolean) {
  for (let tries = 0; tries < 500; tries++) {
    if (probe()) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`never happened: ${what}`);
}

const restart = () => recorded.commands.get('flowsentry.restartServer')?.() as Promise<void>;
const version = () => recorded.commands.get('flowsentry.showVersion')?.() as Promise<string>;

const views = { inlayHints: { connections: true, flows: true, variables: true }, codeLens: { enabled: true } };

test('a server that answers is ready, and no message disturbs', async () => {
  await start(wellBehaved());
  assert.equal(recorded.statusItem.text, 'Flow Sentry 1.2.3');
  assert.match(await version(), /^Flow Sentry extension 0\.1\.0, server 1\.2\.3 /);
  assert.deepEqual(recorded.errors, []);
});

test('the settings travel with initialize', async () => {
  recorded.settings.set('flowsentry.profile', 'auditor');
  recorded.settings.set('flowsentry.exclude', ['**/old/**']);
  recorded.settings.set('flowsentry.inlayHints.flows', false);
  await start(wellBehaved());
  const inlayHints = { ...views.inlayHints, flows: false };
  assert.deepEqual(clients[0]?.options.initializationOptions, { profile: 'auditor', connections: [], exclude: ['**/old/**'], ...views, inlayHints });
});

test('a change of the settings reaches the server, with choices only', async () => {
  await start(wellBehaved());
  await clients[0]?.options.middleware.workspace.didChangeConfiguration();
  recorded.settings.set('flowsentry.profile', 'recommended');
  await clients[0]?.options.middleware.workspace.didChangeConfiguration();
  assert.deepEqual(
    clients[0]?.sent,
    [null, 'recommended'].map((profile) => [
      'workspace/didChangeConfiguration',
      { settings: { flowsentry: { profile, connections: [], exclude: [], ...views } } },
    ]),
  );
});

test('the server is told of the commands it may name; the one behind its lenses shows the places it names', async () => {
  await start(wellBehaved());
  const told = ['flowsentry.showReferences', 'flowsentry.createIdentityPlan', 'editor.action.triggerSuggest', 'editor.action.triggerParameterHints'];
  assert.deepEqual(clients[0]?.capabilities, { experimental: { commands: { commands: told } } });
  const at = { line: 3, character: 5 };
  const places = [{ uri: 'file:///a.json', range: { start: at, end: { line: 3, character: 9 } } }];
  await recorded.commands.get('flowsentry.showReferences')?.('file:///b.xml', at, places);
  const [command, uri, position, locations] = recorded.executed.at(-1) ?? [];
  assert.equal(command, 'editor.action.showReferences');
  assert.deepEqual(JSON.parse(JSON.stringify([uri, position])), [{ path: '/b.xml' }, at]);
  assert.deepEqual(JSON.parse(JSON.stringify(locations)), [{ uri: { path: '/a.json' }, range: places[0]?.range }]);
});

test('the status item follows what the server says of itself', async () => {
  await start(wellBehaved());
  const tell = clients[0]?.handlers.get('flowsentry/status');
  tell?.({ state: 'reading', solutions: 0, flows: 0 });
  assert.equal(recorded.statusItem.text, 'Flow Sentry: reading the workspace');
  assert.equal(recorded.statusItem.busy, true);
  tell?.({ state: 'ready', solutions: 1, flows: 3 });
  assert.equal(recorded.statusItem.text, 'Flow Sentry 1.2.3');
  assert.equal(recorded.statusItem.detail, '1 solution, 3 flows');
});

test('the server hears of changed solution files, not of installed packages', async () => {
  await start(wellBehaved());
  const flow = 'file:///workspace/Workflows/A.json';
  assert.deepEqual(await clients[0]?.fileEvents(flow, 'file:///workspace/node_modules/x/package.json'), [flow]);
});

test('a missing server is said once, with a way to set another', async () => {
  recorded.answer = 'Set Server Path';
  await start('/nonexistent/flowsentry');
  assert.equal(recorded.statusItem.text, 'Flow Sentry: stopped');
  assert.equal(recorded.errors.length, 1);
  assert.match(recorded.errors[0] ?? '', /names \/nonexistent\/flowsentry, which does not exist/);
  await until('settings open', () => recorded.executed.some(([name]) => name === 'workbench.action.openSettings'));
});

test('a program that is no server is said with its own last words', async () => {
  await start(script('echo "unknown subcommand lsp" >&2; exit 2'));
  assert.match(recorded.errors[0] ?? '', /The server ended with exit code 2: unknown subcommand lsp/);
});

test('a server that refuses is ended and its answer shown', async () => {
  await start(script('echo "no such protocol"; sleep 60'));
  assert.match(recorded.errors[0] ?? '', /The server did not start: no such protocol/);
  assert.equal(clients[0]?.isRunning(), false);
});

test('a crash starts the next server without a message', async () => {
  await start(script('echo "ready 1.2.3"; sleep 0.1; [ -e "$0.died" ] && exec cat >/dev/null; touch "$0.died"; exit 1'));
  await until('second client', () => clients.length === 2 && recorded.statusItem.text === 'Flow Sentry 1.2.3');
  assert.deepEqual(recorded.errors, []);
});

test('a server that always crashes is given up with a reason; a restart by hand tries again', async () => {
  await start(script('echo "ready 1.2.3"; sleep 0.02; echo "broken" >&2; exit 1'));
  await until('given up', () => recorded.errors.length === 1);
  assert.equal(clients.length, 5);
  assert.match(recorded.errors[0] ?? '', /stops again and again. Last time it ended with exit code 1: broken/);
  await restart();
  assert.equal(clients.length, 6);
});

test('restart replaces the running server, also when asked twice at once', async () => {
  await start(wellBehaved());
  await Promise.all([restart(), restart()]);
  assert.equal(clients.length, 3);
  assert.deepEqual(clients.map((client) => client.isRunning()), [false, false, true]);
});

test('restart gets through while a server never answers', async () => {
  const started = start(script('cat >/dev/null'));
  await until('first client', () => clients.length === 1);
  recorded.settings.set('flowsentry.server.path', wellBehaved());
  await restart();
  await started;
  assert.equal(recorded.statusItem.text, 'Flow Sentry 1.2.3');
  assert.deepEqual(recorded.errors, []);
});

test('another server path starts another server', async () => {
  await start(script('echo "ready 1.0.0"; cat >/dev/null'));
  recorded.settings.set('flowsentry.server.path', script('echo "ready 2.0.0"; cat >/dev/null'));
  recorded.settingsChanged?.({ affectsConfiguration: (name) => name === 'flowsentry.server.path' });
  await until('the other version', () => recorded.statusItem.text === 'Flow Sentry 2.0.0');
});

test('deactivation ends the server', async () => {
  await start(wellBehaved());
  await deactivate();
  assert.equal(clients[0]?.isRunning(), false);
});
