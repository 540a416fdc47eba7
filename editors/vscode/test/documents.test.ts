import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRelevant, mayBeFolder } from '../src/documents';

test('changes in folders that are never read are not passed on', () => {
  for (const path of ['node_modules/a/package.json', 'src/.git/config.json', 'src\\bin\\Debug\\solution.xml', 'obj/x.json']) {
    assert.equal(isRelevant(path), false, path);
  }
});

test('changes of solution files are, whatever their folders resemble', () => {
  for (const path of ['Workflows/A-1.json', 'solution.xml', 'binary/Workflows/x.json', 'src\\cabin\\Solution.xml', 'bin']) {
    assert.equal(isRelevant(path), true, path);
  }
});

test('only what the other watcher does not report may be a folder', () => {
  assert.equal(mayBeFolder('/r/contoso-expenses'), true);
  assert.equal(mayBeFolder('/r/contoso.expenses'), true);
  assert.equal(mayBeFolder('/r/Workflows/A.JSON'), false);
  assert.equal(mayBeFolder('/r/Other/Solution.xml'), false);
});
