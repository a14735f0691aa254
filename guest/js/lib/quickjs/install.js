// Gives QuickJS the globals that it lacks. `URL` is not among them: a bundle has it if it names it.

import { console } from './console.js';
import { Headers, Response, fetch } from './fetch.js';
import { clearInterval, clearTimeout, setInterval, setTimeout } from './loop.js';
import { crypto, random } from './random.js';
import { TextDecoder, TextEncoder } from './text.js';

Object.assign(globalThis, {
  console,
  fetch,
  Headers,
  Response,
  setTimeout,
  setInterval,
  clearTimeout,
  clearInterval,
  crypto,
  TextDecoder,
  TextEncoder,
});
Math.random = random;
