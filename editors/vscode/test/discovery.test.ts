import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findServer, type Surroundings } from '../src/discovery';

const at = (change: Partial<Surroundings>, files: string[]): Surroundings => ({
  setting: '',
  extensionPath: '/ext',
  platform: 'linux',
  home: '/home/ada',
  problemWith: (file) => (files.includes(file) ? undefined : 'does not exist'),
  ...change,
});

test('the bundled server is taken when nothing is set', () => {
  assert.deepEqual(findServer(at({}, ['/ext/server/flowsentry'])), { found: true, command: '/ext/server/flowsentry', origin: 'bundled' });
});

test('on Windows it is an .exe', () => {
  const found = findServer(at({ platform: 'win32', extensionPath: 'C:\\ext' }, ['C:\\ext\\server\\flowsentry.exe']));
  assert.deepEqual(found, { found: true, command: 'C:\\ext\\server\\flowsentry.exe', origin: 'bundled' });
});

test('the setting wins over the bundled server', () => {
  const found = findServer(at({ setting: ' /opt/flowsentry ' }, ['/ext/server/flowsentry', '/opt/flowsentry']));
  assert.deepEqual(found, { found: true, command: '/opt/flowsentry', origin: 'setting' });
});

test('a tilde is the home folder', () => {
  const found = findServer(at({ setting: '~/bin/flowsentry' }, ['/home/ada/bin/flowsentry']));
  assert.deepEqual(found, { found: true, command: '/home/ada/bin/flowsentry', origin: 'setting' });
});

test('a setting that names nothing is said, the bundled server is not taken instead', () => {
  const found = findServer(at({ setting: '/opt/gone' }, ['/ext/server/flowsentry']));
  assert.deepEqual(found, { found: false, reason: 'The setting flowsentry.server.path names /opt/gone, which does not exist.' });
});

test('a relative setting is refused even if such a file exists', () => {
  const found = findServer(at({ setting: './flowsentry' }, ['./flowsentry', '/ext/server/flowsentry']));
  assert.equal(found.found, false);
  assert.match(found.found ? '' : found.reason, /absolute path/);
});

test('a package without a server says so', () => {
  const found = findServer(at({}, []));
  assert.match(found.found ? '' : found.reason, /no server for this system: \/ext\/server\/flowsentry does not exist/);
});
