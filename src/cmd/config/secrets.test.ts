import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownCommandLine } from './secrets.js';

test('a command line is shown without passwords', () => {
  const words = [
    'quoin',
    '--name',
    'a',
    '--discovery-password=se=cret',
    '-discovery-user',
    'root:secret',
    '--log-level=info',
  ];
  assert.deepEqual(shownCommandLine(words), [
    'quoin',
    '--name',
    'a',
    '--discovery-password=***',
    '-discovery-user',
    '***',
    '--log-level=info',
  ]);
});
