import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure, node } from 'hospes-node';
import { Host } from 'hospes-node/testing';
import { describe, requireNode } from '../lib/node.js';

const made = (execute, more = {}) => node({ name: 'n', version: '1.0.0', ...more }, execute);
const object = (properties, more) => ({ type: 'object', properties, ...more });

test('a description that is wrong is refused where it is written', () => {
  const run = () => null;
  for (const [args, message] of [
    [[], /the first argument is an object/],
    [[{ name: 'n', version: '1' }], /the second argument is a function/],
    [[{ name: 'N', version: '1' }, run], /'N' is not a name: use lower-case letters/],
    [[{ name: 'n' }, run], /'version' is a string/],
    [[{ name: 'n', version: '1', paylod: {} }, run], /'paylod' is unknown: expected name, version, summary/],
    [[{ name: 'n', version: '1', payload: 'string' }, run], /'payload' is a JSON Schema/],
    [[{ name: 'n', version: '1', egress: ['POST'] }, run], /an entry of 'egress' is a text such as/],
    [[{ name: 'n', version: '1', secrets: { key: 1 } }, run], /'secrets\.key' is a summary/],
  ]) {
    assert.throws(() => node(...args), message);
  }
});

test('the description has what the host compares', () => {
  const one = made(() => null, {
    egress: ['POST {url}/things'],
    secrets: { key: 'The key.', other: { summary: 'Another.', required: false } },
    params: object({ url: { type: 'string', description: 'Where to.' }, limit: { type: 'integer' } }, { required: ['url'] }),
    payload: object({}),
  });
  const about = describe(requireNode(one));
  assert.deepEqual(about.egress, [{ method: 'POST', url: '{url}/things' }]);
  assert.deepEqual(about.params, [
    { name: 'url', required: true, summary: 'Where to.' },
    { name: 'limit', required: false, summary: '' },
  ]);
  assert.deepEqual(about.secrets, [
    { name: 'key', required: true, summary: 'The key.' },
    { name: 'other', required: false, summary: 'Another.' },
  ]);
  assert.equal(about.payloadSchema, '{"type":"object","properties":{}}');
  assert.equal(about.resultSchema, undefined);
});

test('a payload that does not fit is refused before the function is called', async () => {
  const payload = object(
    { name: { type: 'string', minLength: 1 }, tags: { type: 'array', items: { enum: ['a', 'b'] } } },
    { required: ['name'], additionalProperties: false },
  );
  const one = made(() => assert.fail('called'), { payload });
  for (const [value, message] of [
    [null, 'payload: expected an object, found null'],
    [{}, "payload: 'name' is missing"],
    [{ name: 1 }, 'payload.name: expected a string, found an integer'],
    [{ name: '' }, 'payload.name: minLength is 1'],
    [{ name: 'n', tags: ['c'] }, 'payload.tags[0]: expected one of "a", "b"'],
    [{ name: 'n', nam: 1 }, "payload: 'nam' is unknown: expected name, tags"],
  ]) {
    await assert.rejects(new Host().run(one, value), { kind: 'invalid-payload', message });
  }
});

test('params that do not fit are the operator’s to change', async () => {
  const one = made(() => null, { params: object({ url: { type: 'string' } }, { required: ['url'] }) });
  await assert.rejects(new Host().run(one), { kind: 'invalid-params', message: "params: 'url' is missing" });
});

test('a bug reaches the log with the author’s file and line, and the caller not at all', async () => {
  const bug = { kind: 'internal', message: 'a bug in the node: its log says where' };
  const result = object({ count: { type: 'integer' } }, { required: ['count'] });
  for (const [execute, line] of [
    [() => { throw new Error('boom'); }, 'Error: boom'],
    [async () => { throw new Error('later'); }, 'Error: later'],
    [() => ({ count: 'one' }), 'TypeError: result.count: expected an integer, found a string'],
    [() => undefined, 'TypeError: result: expected an object, found null'],
    [() => ({ count: 1n }), /TypeError: the result can't be written as JSON/],
    [() => { throw 'text'; }, 'uncaught: "text"'],
  ]) {
    const host = new Host();
    await assert.rejects(host.run(made(execute, { result })), bug);
    assert.equal(host.logs[0].level, 'error');
    line instanceof RegExp ? assert.match(host.logs[0].message, line) : assert.equal(host.logs[0].message, line);
    assert.ok(line.includes?.('uncaught') || host.logs.some(({ message }) => message.includes('node.test.js:')));
  }
});

test('a failure keeps its kind, its wait and its details', async () => {
  const thrown = new Failure('rate-limited', 'slow down', { retryAfterMs: 1500, details: { left: 0 } });
  const one = made(() => { throw thrown; });
  await assert.rejects(new Host().run(one), { kind: 'rate-limited', retryAfterMs: 1500, details: { left: 0 } });
  assert.throws(() => new Failure('oops', 'm'), /'oops' is not a kind of failure: expected invalid-payload/);
});

test('the context is that of the execution', async () => {
  const one = made(({ context, params }) => ({ ...context, params, key: context.hasSecret('key'), no: context.hasSecret('no') }));
  const host = new Host({ params: { a: 1 }, secrets: ['key'], variables: { b: 2 }, env: 'prod', attempt: 2 });
  assert.deepEqual(await host.run(one), {
    executionId: 'test-execution', attempt: 2, env: 'prod', secrets: ['key'], variables: { b: 2 }, remainingMs: 30000,
    params: { a: 1 }, key: true, no: false,
  });
});
