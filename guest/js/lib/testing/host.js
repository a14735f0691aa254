// A scripted host: runs a node in Node.js, without WebAssembly.

import { AsyncLocalStorage } from 'node:async_hooks';
import { failureOf, finish, start } from '../boundary.js';
import { Failure } from '../failure.js';
import { http, HttpError } from '../http.js';
import { host, setHost } from '../host.js';
import { requireNode } from '../node.js';
import { Request } from './request.js';

const FAULTS = ['timeout', 'unreachable', 'denied', 'interrupted', 'too-large', 'exhausted'];

/** The host of each execution, so that several can run at once. */
const current = new AsyncLocalStorage();
const nobody = host();
const ofNow = () => current.getStore() ?? nobody;
setHost({
  send: (request) => ofNow().send(request),
  sendAll: (requests) => ofNow().sendAll(requests),
  log: (...record) => ofNow().log(...record),
});

/** The `fetch` of an execution asks the script. Outside of one it is that of Node.js. */
const outside = globalThis.fetch;
globalThis.fetch = async (url, init = {}) => {
  if (current.getStore() === undefined) {
    return outside(url, init);
  }
  const { method = 'GET', headers, body = undefined } = init;
  const request = { method: method.toUpperCase(), url: `${url}`, headers: [...new Headers(headers)], body };
  try {
    const response = http.send(request);
    const empty = [101, 204, 205, 304].includes(response.status);
    return new Response(empty ? null : response.body, { status: response.status, headers: response.headers });
  } catch (error) {
    throw error instanceof HttpError ? new TypeError(`fetch failed: ${error.message}`, { cause: error }) : error;
  }
};

function bytes(body) {
  if (body instanceof Uint8Array) {
    return body;
  }
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
}

export class Host {
  #given;
  #script = [];

  constructor(given = {}) {
    const { params = {}, secrets = [], variables = {} } = given;
    const { executionId = 'test-execution', attempt = 1, env = 'test', remainingMs = 30000 } = given;
    const known = ['params', 'secrets', 'variables', 'executionId', 'attempt', 'env', 'remainingMs'];
    const unknown = Object.keys(given).find((key) => !known.includes(key));
    if (unknown !== undefined) {
      throw new TypeError(`a host has no '${unknown}': expected ${known.join(', ')}`);
    }
    this.#given = {
      params: JSON.stringify(params),
      variables: JSON.stringify(variables),
      executionId,
      attempt,
      env,
      secrets,
      remainingMs,
    };
    this.requests = [];
    this.logs = [];
  }

  answer(method, url, { status = 200, headers = {}, body = '' } = {}) {
    const list = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
    return this.script(method, url, { tag: 'ok', val: { status, headers: list, body: bytes(body) } });
  }

  fail(method, url, fault, why = '') {
    if (!FAULTS.includes(fault)) {
      throw new TypeError(`'${fault}' is not a fault: expected ${FAULTS.join(', ')}`);
    }
    return this.script(method, url, { tag: 'err', val: { tag: fault, val: why } });
  }

  /** Adds what one request gets, if it fits. */
  script(method, url, outcome, fits = () => true) {
    this.#script.push({ method, url, outcome, fits });
    return this;
  }

  get unused() {
    return this.#script.map(({ method, url }) => `${method} ${url}`);
  }

  async run(node, payload = null) {
    const definition = requireNode(node);
    const text = JSON.stringify(payload);
    if (text === undefined) {
      throw new TypeError(`a payload is a JSON value, not a ${typeof payload}`);
    }
    return current.run(this, async () => {
      try {
        return JSON.parse(finish(definition, await start(definition, text, this.#given)));
      } catch (thrown) {
        const { kind, message, retryAfterMs, details } = failureOf(thrown);
        if (thrown instanceof Failure && thrown.kind === kind) {
          throw thrown;
        }
        const failure = new Failure(kind, message, { retryAfterMs, details });
        failure.cause = thrown;
        throw failure;
      }
    });
  }

  // What the node sees.

  #outcome(given) {
    const request = new Request(given);
    this.requests.push(request);
    const at = this.#script.findIndex(
      ({ method, url, fits }) => method === request.method && url === request.url && fits(request),
    );
    if (at === -1) {
      const why = `the script has no answer for ${request.method} ${request.url}`;
      return { tag: 'err', val: { tag: 'unreachable', val: why } };
    }
    return this.#script.splice(at, 1)[0].outcome;
  }

  send(request) {
    const { tag, val } = this.#outcome(request);
    if (tag === 'err') {
      throw val;
    }
    return val;
  }

  sendAll(requests) {
    return requests.map((request) => this.#outcome(request));
  }

  log(level, message, fields) {
    this.logs.push({ level, message, fields: Object.fromEntries(fields) });
  }
}
