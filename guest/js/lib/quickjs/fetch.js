// `fetch` over `hospes:node/http`. Requests that are asked for together are sent together.

import { http, Response as Answer } from '../http.js';
import { enqueue } from './loop.js';

export class Headers {
  #list = [];

  constructor(init = []) {
    const pairs = init instanceof Headers || Array.isArray(init) ? [...init] : Object.entries(init);
    for (const [name, value] of pairs) {
      this.append(name, value);
    }
  }

  append(name, value) {
    this.#list.push([String(name).toLowerCase(), String(value).trim()]);
  }

  set(name, value) {
    this.delete(name);
    this.append(name, value);
  }

  delete(name) {
    const wanted = String(name).toLowerCase();
    this.#list = this.#list.filter(([key]) => key !== wanted);
  }

  get(name) {
    const wanted = String(name).toLowerCase();
    const values = this.#list.filter(([key]) => key === wanted).map(([, value]) => value);
    return values.length === 0 ? null : values.join(', ');
  }

  has(name) {
    return this.get(name) !== null;
  }

  forEach(call) {
    for (const [name, value] of this) {
      call(value, name, this);
    }
  }

  keys() {
    return this.#list.map(([name]) => name).values();
  }

  values() {
    return this.#list.map(([, value]) => value).values();
  }

  entries() {
    return this.#list.values();
  }

  [Symbol.iterator]() {
    return this.entries();
  }
}

export class Response {
  #answer;

  constructor(url, answer) {
    this.url = url;
    this.status = answer.status;
    this.statusText = '';
    this.headers = new Headers(answer.headers);
    this.#answer = answer;
  }

  get ok() {
    return this.#answer.ok;
  }

  async text() {
    return this.#answer.text();
  }

  async json() {
    return JSON.parse(this.#answer.text());
  }

  async bytes() {
    return this.#answer.body;
  }

  async arrayBuffer() {
    return this.#answer.body.slice().buffer;
  }
}

function answer(waiting) {
  const answers = http.sendAll(waiting.map(({ request }) => request));
  waiting.forEach(({ request, resolve, reject }, index) => {
    const one = answers[index];
    if (one instanceof Answer) {
      resolve(new Response(request.url, one));
    } else {
      reject(new TypeError(`fetch failed: ${one.message}`, { cause: one }));
    }
  });
}

export async function fetch(input, { method = 'GET', headers, body } = {}) {
  const url = String(input);
  const list = [...new Headers(headers)];
  if (typeof body === 'string' && !list.some(([name]) => name === 'content-type')) {
    list.push(['content-type', 'text/plain;charset=UTF-8']);
  }
  const bytes = body === null || body === undefined || body instanceof Uint8Array ? body : String(body);
  return enqueue({ method: String(method).toUpperCase(), url, headers: list, body: bytes }, answer);
}
