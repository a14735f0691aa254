import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Host } from 'hospes-node/testing';
import greet from './index.js';

test('greets by name', async () => {
  const host = new Host();
  assert.deepEqual(await host.run(greet, { name: 'Ada' }), { greeting: 'Hello, Ada.' });
  assert.equal(host.logs[0].message, 'greeting');
});

test('refuses an empty name', async () => {
  await assert.rejects(new Host().run(greet, { name: '' }), { kind: 'invalid-payload', message: 'the name is empty' });
});
