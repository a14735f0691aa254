// HTTP requests, as far as the operator's egress policy allows them.

import { Failure } from './failure.js';
import { host } from './host.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const OPTIONS = ['method', 'url', 'headers', 'body', 'json', 'timeoutMs'];

const WORDS = {
  denied: (why) => `the egress policy denies the request: ${why}`,
  invalid: (what) => `the request is malformed: ${what}`,
  unreachable: (why) => `the upstream is unreachable: ${why}`,
  timeout: () => 'no answer in time, but the request may have arrived',
  interrupted: (why) => `the connection broke, but the request may have arrived: ${why}`,
  'too-large': () => 'the answer is larger than the host allows',
  exhausted: (what) => `the execution's budget is used up: ${what}`,
};

const FAILURES = {
  denied: 'denied',
  invalid: 'internal',
  unreachable: 'unavailable',
  timeout: 'unknown',
  interrupted: 'unknown',
  'too-large': 'protocol',
  exhausted: 'denied',
};

/** Why there is no response. If nobody catches it, it becomes the failure that is true. */
export class HttpError extends Failure {
  constructor({ tag, val }) {
    super(FAILURES[tag], WORDS[tag](val));
    this.name = 'HttpError';
    this.reason = tag;
    this.detail = val;
  }

  get mayHaveArrived() {
    return ['timeout', 'interrupted', 'too-large'].includes(this.reason);
  }
}

class Secret {
  #name;
  #prefix;

  constructor(name, prefix) {
    this.#name = name;
    this.#prefix = prefix;
  }

  /** What the contract calls a header's value. */
  static value(secret) {
    return { tag: 'secret', val: { name: secret.#name, prefix: secret.#prefix } };
  }

  #refuse() {
    throw new TypeError(`the secret '${this.#name}' can only be used as the value of a request's header`);
  }

  toString() {
    return this.#refuse();
  }

  toJSON() {
    return this.#refuse();
  }
}

/** Names a secret as a header's value. The host inserts it; the node never sees it. */
export function secret(name, { prefix = '' } = {}) {
  if (typeof name !== 'string' || typeof prefix !== 'string') {
    throw new TypeError("expected secret('name', { prefix: 'Bearer ' })");
  }
  return new Secret(name, prefix);
}

/** One response. */
export class Response {
  constructor({ status, headers, body }) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  get ok() {
    return this.status >= 200 && this.status < 300;
  }

  header(name) {
    const wanted = name.toLowerCase();
    return this.headers.find(([key]) => key.toLowerCase() === wanted)?.[1];
  }

  text() {
    return new TextDecoder().decode(this.body);
  }

  json() {
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(this.body));
    } catch (error) {
      throw new Failure('protocol', `response is not JSON: ${error.message}`);
    }
  }
}

function header([name, value]) {
  if (value instanceof Secret) {
    return [name, Secret.value(value)];
  }
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new TypeError(`the header '${name}' is a string or a secret`);
  }
  return [name, { tag: 'text', val: String(value) }];
}

function bytes(body) {
  if (body === undefined || body === null) {
    return undefined;
  }
  if (typeof body === 'string') {
    return new TextEncoder().encode(body);
  }
  if (body instanceof Uint8Array) {
    return body;
  }
  throw new TypeError('the body of a request is a string or a Uint8Array: use json for other values');
}

function request(options) {
  const unknown = Object.keys(options).find((key) => !OPTIONS.includes(key));
  if (unknown !== undefined) {
    throw new TypeError(`a request has no '${unknown}': expected ${OPTIONS.join(', ')}`);
  }
  const { method = 'GET', url, headers = {}, json, timeoutMs } = options;
  if (!METHODS.includes(method)) {
    throw new TypeError(`the method '${method}' is not one of ${METHODS.join(', ')}`);
  }
  const list = (Array.isArray(headers) ? headers : Object.entries(headers)).map(header);
  let body = bytes(options.body);
  if (json !== undefined) {
    if (body !== undefined) {
      throw new TypeError('a request has either a body or json');
    }
    body = bytes(JSON.stringify(json));
    if (!list.some(([name]) => name.toLowerCase() === 'content-type')) {
      list.push(header(['content-type', 'application/json']));
    }
  }
  return { method, url: `${url}`, headers: list, body, timeoutMs };
}

function send(options) {
  let response;
  const sent = request(options);
  try {
    response = host().send(sent);
  } catch (error) {
    throw error?.tag in WORDS ? new HttpError(error) : error;
  }
  return new Response(response);
}

function sendAll(list) {
  return host()
    .sendAll(list.map(request))
    .map(({ tag, val }) => (tag === 'ok' ? new Response(val) : new HttpError(val)));
}

const by = (method) => (url, options = {}) => send({ ...options, method, url });

export const http = Object.freeze({
  send,
  sendAll,
  secret,
  get: by('GET'),
  head: by('HEAD'),
  post: by('POST'),
  put: by('PUT'),
  patch: by('PATCH'),
  delete: by('DELETE'),
});
