// package.json promises things that code or other files have to keep.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { commandIds } from '../src/commands';
import { serverSettings } from '../src/configuration';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const settings = manifest.contributes.configuration.properties;

test('every command in the palette is registered, and no other', () => {
  const contributed = manifest.contributes.commands.map((entry: { command: string }) => entry.command);
  assert.deepEqual(new Set(contributed), new Set(Object.values(commandIds)));
});

test('an untrusted folder cannot choose programs or files to read', () => {
  const { untrustedWorkspaces } = manifest.capabilities;
  assert.equal(untrustedWorkspaces.supported, 'limited');
  assert.deepEqual(untrustedWorkspaces.restrictedConfigurations, ['flowsentry.server.path', 'flowsentry.connections']);
  assert.equal(settings['flowsentry.server.path'].scope, 'machine');
});

test('the defaults in the code are those of the settings page, the profile being left to the folder', () => {
  const defaults = Object.fromEntries(['connections', 'exclude'].map((name) => [name, settings[`flowsentry.${name}`].default]));
  const of = (name: string) => settings[`flowsentry.${name}`].default;
  assert.deepEqual(serverSettings(), {
    profile: null,
    ...defaults,
    inlayHints: { connections: of('inlayHints.connections'), flows: of('inlayHints.flows'), variables: of('inlayHints.variables') },
    codeLens: { enabled: of('codeLens.enabled') },
  });
});

test('nothing starts the extension but a workspace that has a solution, or an expression left open', () => {
  for (const event of manifest.activationEvents) {
    assert.match(event, /^(?:workspaceContains:\*\*\/.|onFileSystem:flowsentry-expression$)/);
  }
});

test('the lock file serves any registry', () => {
  const lock = readFileSync('package-lock.json', 'utf8');
  const hosts = [...lock.matchAll(/"resolved": "https?:\/\/([^/"]+)/g)].map((match) => match[1]);
  assert.deepEqual(hosts.filter((host) => host !== 'registry.npmjs.org'), []);
  assert.equal(JSON.parse(lock).version, manifest.version);
});

test('what the package page shows is there', () => {
  for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE', manifest.icon]) {
    assert.ok(existsSync(file), file);
  }
});
