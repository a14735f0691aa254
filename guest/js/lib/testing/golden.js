// Golden cases: the same files that the host checks a component with.

import { readFile } from 'node:fs/promises';
import { Failure } from '../failure.js';
import { Host } from './host.js';

/** Where `found` lacks something, as a JSON pointer. Objects may have more, lists may not. */
function difference(expected, found, at = '') {
  const both = (test) => test(expected) && test(found);
  if (both((value) => typeof value === 'object' && value !== null)) {
    if (Array.isArray(expected) !== Array.isArray(found)) {
      return at || '/';
    }
    if (both(Array.isArray) && expected.length !== found.length) {
      return at || '/';
    }
    for (const [key, one] of Object.entries(expected)) {
      const where = difference(one, found[key] ?? null, `${at}/${key}`);
      if (where !== undefined) {
        return where;
      }
    }
    return undefined;
  }
  return expected === found ? undefined : at || '/';
}

function script(host, exchange) {
  const { method, url, status = 200, headers = {}, response = '', request, error } = exchange;
  const body = typeof response === 'string' ? response : JSON.stringify(response);
  const fits = (sent) => request === undefined || difference(request, sent.json()) === undefined;
  const list = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  const answer = { status, headers: list, body: new TextEncoder().encode(body) };
  const outcome = error === undefined ? { tag: 'ok', val: answer } : { tag: 'err', val: { tag: error, val: '' } };
  host.script(method, url, outcome, fits);
}

async function outcome(host, node, payload) {
  try {
    return { route: 'success', result: await host.run(node, payload) };
  } catch (error) {
    if (!(error instanceof Failure)) {
      throw error;
    }
    const { kind, message, retryAfterMs, details } = error;
    return { route: 'failure', kind, message, retry_after_ms: retryAfterMs, details };
  }
}

/** Runs one golden case, and returns the host with its requests and logs. */
export async function checkCase(node, golden, given = {}) {
  const isPath = typeof golden === 'string' || golden instanceof URL;
  const one = isPath ? JSON.parse(await readFile(golden, 'utf8')) : golden;
  const host = new Host({ ...given, params: one.params ?? given.params, variables: one.variables ?? {} });
  for (const exchange of one.exchanges ?? []) {
    script(host, exchange);
  }
  const found = await outcome(host, node, one.payload);
  const where = difference(one.expect, found);
  if (where !== undefined) {
    const [is, should] = [found, one.expect].map((value) => JSON.stringify(value, null, 2));
    throw new Error(`${one.name}: at ${where} of\n${is}\nexpected\n${should}`);
  }
  if (host.unused.length > 0) {
    throw new Error(`${one.name}: never sent: ${host.unused[0]}`);
  }
  return host;
}
