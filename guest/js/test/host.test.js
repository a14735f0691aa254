import assert from 'node:assert/strict';
import { test } from 'node:test';
import { http, HttpError, node, secret } from 'hospes-node';
import { checkCase, Host } from 'hospes-node/testing';

const made = (execute) => node({ name: 'n', version: '1.0.0' }, execute);
const URL_ = 'https://crm.example/contacts';

test('answers go to the requests with their method and URL, and the requests are kept', async () => {
  const one = made(({ payload }) => {
    const made = http.post(URL_, { headers: { 'X-Key': secret('key', { prefix: 'Bearer ' }) }, json: payload });
    const read = http.get(`${URL_}/1`);
    return [made.status, made.json(), read.header('ETag'), read.text()];
  });
  const host = new Host({ secrets: ['key'] })
    .answer('GET', `${URL_}/1`, { headers: { ETag: 'e' }, body: 'text' })
    .answer('POST', URL_, { status: 201, body: { created: 1 } })
    .answer('DELETE', URL_);
  assert.deepEqual(await host.run(one, { id: 'ä' }), [201, { created: 1 }, 'e', 'text']);
  const [first] = host.requests;
  assert.deepEqual(first.headers, {
    'x-key': { secret: 'key', prefix: 'Bearer ' },
    'content-type': 'application/json',
  });
  assert.deepEqual(first.json(), { id: 'ä' });
  assert.deepEqual(host.unused, [`DELETE ${URL_}`]);
});

test('each fault becomes the failure that is true', async () => {
  for (const [fault, kind, mayHaveArrived] of [
    ['timeout', 'unknown', true],
    ['interrupted', 'unknown', true],
    ['too-large', 'protocol', true],
    ['unreachable', 'unavailable', false],
    ['denied', 'denied', false],
    ['exhausted', 'denied', false],
  ]) {
    const host = new Host().fail('GET', URL_, fault, 'no-rule');
    await assert.rejects(host.run(made(() => http.get(URL_).status)), (error) => {
      assert.ok(error instanceof HttpError);
      assert.deepEqual([error.kind, error.reason, error.mayHaveArrived], [kind, fault, mayHaveArrived]);
      return true;
    });
  }
  assert.throws(() => new Host().fail('GET', URL_, 'slow'), /'slow' is not a fault: expected timeout/);
});

test('a request that the script does not know finds nobody', async () => {
  await assert.rejects(new Host().run(made(() => http.get(URL_))), { kind: 'unavailable', message: /no answer for GET/ });
});

test('requests that are sent together get their own answers', async () => {
  const one = made(() => http.sendAll([{ url: URL_ }, { url: `${URL_}/1` }]).map((each) => each.status ?? each.reason));
  assert.deepEqual(await new Host().answer('GET', `${URL_}/1`).run(one), ['unreachable', 200]);
});

test('fetch asks the script', async () => {
  const one = made(async () => {
    const [good, bad] = await Promise.allSettled([fetch(URL_, { method: 'POST', body: 'b' }), fetch('https://a.example')]);
    return [await good.value.json(), String(bad.reason).includes('fetch failed')];
  });
  const host = new Host().answer('POST', URL_, { body: { ok: 1 } });
  assert.deepEqual(await host.run(one), [{ ok: 1 }, true]);
});

test('executions at the same time keep their hosts', async () => {
  const one = made(async ({ payload }) => {
    await new Promise((resolve) => setTimeout(resolve, 0));
    return http.get(URL_).text() + payload;
  });
  const hosts = ['a', 'b'].map((body) => new Host().answer('GET', URL_, { body }));
  assert.deepEqual(await Promise.all(hosts.map((host, at) => host.run(one, at))), ['a0', 'b1']);
});

test('a secret is refused everywhere but in a header', async () => {
  for (const use of [
    () => http.get(`https://a.example/${secret('key')}`),
    () => http.post(URL_, { json: { key: secret('key') } }),
    () => secret('key'),
    ({ log }) => log.info(secret('key')),
  ]) {
    const host = new Host({ secrets: ['key'] });
    await assert.rejects(host.run(made(use)), { kind: 'internal' });
    assert.match(host.logs[0].message, /the secret 'key' can only be used as the value of a request's header/);
    assert.equal(host.requests.length, 0);
  }
});

test('a request that is not one says what is wrong with it', async () => {
  for (const [request, message] of [
    [{ url: URL_, method: 'FETCH' }, /the method 'FETCH' is not one of GET/],
    [{ url: URL_, jsn: 1 }, /a request has no 'jsn': expected method/],
    [{ url: URL_, json: 1, body: 'b' }, /a request has either a body or json/],
    [{ url: URL_, body: { a: 1 } }, /use json for other values/],
    [{ url: URL_, headers: { a: {} } }, /the header 'a' is a string or a secret/],
  ]) {
    const host = new Host();
    await assert.rejects(host.run(made(() => http.send(request))));
    assert.match(host.logs[0].message, message);
  }
});

test('golden cases hold natively as they do in the host', async () => {
  const golden = {
    name: 'a contact',
    payload: 'u-1',
    exchanges: [{ method: 'POST', url: URL_, request: { id: 'u-1' }, status: 201, response: { created: 1 } }],
    expect: { route: 'success', result: { created: 1 } },
  };
  const one = made(({ payload }) => http.post(URL_, { json: { id: payload, more: 1 } }).json());
  await checkCase(one, golden);
  const failing = { ...golden, exchanges: [{ method: 'POST', url: URL_, error: 'timeout' }], expect: { route: 'failure', kind: 'unknown' } };
  await checkCase(one, failing);
  await assert.rejects(checkCase(one, { ...golden, payload: 'u-2' }), /a contact: at \/route of/);
  await assert.rejects(checkCase(made(() => ({ created: 1 })), golden), /never sent: POST/);
});
