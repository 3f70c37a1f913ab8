import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCut, linkCut } from './link-look.js';

test('a cut has a direction', () => {
  const cuts = [{ from: 1, to: 2 }];
  assert.ok(isCut(cuts, 1, 2));
  assert.ok(!isCut(cuts, 2, 1));
});

test('a link is cut both ways, one way or not, whichever end is named first', () => {
  const both = [
    { from: 1, to: 2 },
    { from: 2, to: 1 },
  ];
  assert.equal(linkCut(both, 1, 2), 'both');
  assert.equal(linkCut(both.slice(0, 1), 1, 2), 'forward');
  assert.equal(linkCut(both.slice(0, 1), 2, 1), 'backward');
  assert.equal(linkCut([], 1, 2), 'none');
});
