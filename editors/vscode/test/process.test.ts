import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeEnd, ServerProcess } from '../src/process';
import { script } from './scripts';

test('how a process ended, in words', () => {
  assert.equal(describeEnd(101, null, 'thread panicked'), 'ended with exit code 101: thread panicked');
  assert.equal(describeEnd(null, 'SIGKILL', ''), 'ended by SIGKILL');
});

test('the last line on stderr is the reason', async () => {
  const log: string[] = [];
  const process = new ServerProcess(script('echo first >&2; echo "out of memory" >&2; exit 3'), (line) => log.push(line));
  assert.equal(await process.ended, 'ended with exit code 3: out of memory');
  assert.deepEqual(log, ['first', 'out of memory']);
});

test('it is started with the subcommand lsp and nothing else', async () => {
  const process = new ServerProcess(script('echo "$#:$1" >&2; exit 1'), () => {});
  assert.equal(await process.ended, 'ended with exit code 1: 1:lsp');
});

test('a file that cannot be started is an end too', async () => {
  const process = new ServerProcess('/nonexistent/flowsentry', () => {});
  await assert.rejects(process.started, /ENOENT/);
  assert.match(await process.ended, /^could not be started/);
});

test('a process that ignores its end is killed', async () => {
  const process = new ServerProcess(script('trap "" TERM; while :; do sleep 0.05; done'), () => {});
  await process.started;
  await process.end(50);
  assert.equal(await process.ended, 'ended by SIGKILL');
});
