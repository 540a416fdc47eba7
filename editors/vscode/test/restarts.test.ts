import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Restarts } from '../src/restarts';

test('a server that dies four times within three minutes is started again, then no more', () => {
  const restarts = new Restarts();
  assert.deepEqual([0, 1, 2, 3, 4].map((second) => restarts.allow(second * 1000)), [true, true, true, true, false]);
});

test('deaths long ago do not count', () => {
  const restarts = new Restarts();
  const everyMinute = Array.from({ length: 20 }, (_, minute) => restarts.allow(minute * 60_000));
  assert.ok(everyMinute.every(Boolean));
});

test('a restart by hand starts the count anew', () => {
  const restarts = new Restarts();
  [0, 1, 2, 3].forEach((at) => restarts.allow(at));
  restarts.forget();
  assert.equal(restarts.allow(4), true);
});
