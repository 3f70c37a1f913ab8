/** What is of one run alone goes; nothing else does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NormalForm } from './normal-form.js';
import { type Fields, methodOf } from './rpc.js';

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

function form(method: string, answer: Fields): Fields {
  const normal = new NormalForm();
  normal.revision = 100;
  normal.name('14841639068965178418', '<cluster>');
  normal.name('10276657743932975437', '<leader>');
  return JSON.parse(normal.answer(methodOf(method).response, answer)) as Fields;
}

test('revisions count from the beginning, and defaults are as good as absent', () => {
  const kv = {
    key: base64('a'),
    create_revision: '99',
    mod_revision: '103',
    version: '2',
    value: '',
    lease: '0',
  };
  assert.deepEqual(form('KV/Range', { kvs: [kv], more: false, count: '1' }), {
    count: '1',
    kvs: [{ create_revision: '@-1', key: 'a', mod_revision: '@+3', version: '2' }],
  });
});

test('ids are named, and an unknown one stays what it is', () => {
  const ids = { cluster_id: '14841639068965178418', member_id: '10276657743932975437', raft_term: '7' };
  const header = { cluster_id: '<cluster>', member_id: '<leader>', raft_term: '<raft_term>' };
  assert.deepEqual(form('KV/Put', { header: ids }), { header });
  assert.deepEqual(form('KV/Put', { header: { ...ids, member_id: '5' } }), {
    header: { ...header, member_id: '5' },
  });
  assert.deepEqual(form('KV/Put', { header: {} }), { header: {} });
});

test('a missing header, a field too many and an enum by number are seen', () => {
  assert.deepEqual(form('KV/Put', {}), {});
  assert.deepEqual(form('KV/Put', { nothing: 1 }), { nothing: 1 });
  assert.deepEqual(form('Watch/Watch', { events: [{ type: 1 }, { type: 'PUT' }] }), {
    events: [{ type: 'DELETE' }, {}],
  });
});

test('a time that runs is told by its being left, one that does not by its number', () => {
  assert.equal(form('Lease/LeaseTimeToLive', { TTL: '8', grantedTTL: '10' })['TTL'], '<left>');
  assert.equal(form('Lease/LeaseTimeToLive', { TTL: '11', grantedTTL: '10' })['TTL'], '11');
  assert.equal(form('Lease/LeaseTimeToLive', { TTL: '-1' })['TTL'], '-1');
});
