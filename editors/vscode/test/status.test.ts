import assert from 'node:assert/strict';
import { test } from 'node:test';
import { versionText } from '../src/commands';
import { noticeFor } from '../src/notices';
import type { ServerState } from '../src/state';
import { describe } from '../src/status';

const ready: ServerState = { kind: 'ready', version: '1.2.3', found: { solutions: 2, flows: 0 } };
const stopped: ServerState = { kind: 'stopped', cause: 'failed', reason: 'The server ended with exit code 1' };

test('the status item tells the four states apart', () => {
  assert.deepEqual(
    [{ kind: 'starting' } as const, { kind: 'reading', version: '1.2.3' } as const, ready, stopped].map((state) => {
      const { text, busy, severity } = describe(state);
      return [text, busy, severity];
    }),
    [
      ['Flow Sentry: starting', true, 'information'],
      ['Flow Sentry: reading the workspace', true, 'information'],
      ['Flow Sentry 1.2.3', false, 'information'],
      ['Flow Sentry: stopped', false, 'error'],
    ],
  );
});

test('a stopped server tells why and offers a restart', () => {
  const { detail, action } = describe(stopped);
  assert.equal(detail, 'The server ended with exit code 1');
  assert.equal(action.command, 'flowsentry.restartServer');
});

test('a server that tells no version leaves no gap', () => {
  assert.equal(describe({ kind: 'ready', version: '' }).text, 'Flow Sentry');
});

test('only a stopped server is worth a notice', () => {
  assert.equal(noticeFor(ready, false), undefined);
  assert.equal(noticeFor({ kind: 'starting' }, false), undefined);
  assert.deepEqual([...(noticeFor(stopped, false)?.actions.keys() ?? [])], ['Restart Server', 'Show Output']);
});

test('a missing server can be set from the notice', () => {
  const missing: ServerState = { kind: 'stopped', cause: 'missing', reason: 'Nowhere.' };
  const notice = noticeFor(missing, false);
  assert.match(notice?.message ?? '', /not checking your flows. Nowhere\./);
  assert.deepEqual(notice?.actions.get('Set Server Path'), ['workbench.action.openSettings', { query: 'flowsentry.server.path' }]);
  assert.equal(noticeFor(missing, true)?.actions.get('Set Server Path')?.[0], 'workbench.action.openRemoteSettings');
});

test('the version names both programs', () => {
  assert.equal(versionText('0.1.0', ready, '/s'), 'Flow Sentry extension 0.1.0, server 1.2.3 (/s)');
  assert.equal(versionText('0.1.0', stopped, '/s'), 'Flow Sentry extension 0.1.0, server not running (stopped)');
});
