// Chance. The engine's own `Math.random` has its state in the image: it would give the same numbers in each
// execution. This one is seeded by the host.

import { getRandomBytes } from 'wasi:random/random@0.2.6';
import { isRunning } from './loop.js';

/** The state of xoshiro128**, once it is seeded. */
let state;

function seeded() {
  if (!isRunning()) {
    throw new Error('a random number at the top of a file would be the same in each execution: make it in execute');
  }
  if (state === undefined) {
    state = new Uint32Array(getRandomBytes(16).slice().buffer);
  }
  return state;
}

const rotate = (word, by) => (word << by) | (word >>> (32 - by));

function next(s) {
  const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9) >>> 0;
  const shifted = s[1] << 9;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = rotate(s[3], 11);
  return result;
}

/** 53 random bits, from 0 to below 1. */
export function random() {
  const s = seeded();
  return ((next(s) >>> 5) * 2 ** 26 + (next(s) >>> 6)) / 2 ** 53;
}

function getRandomValues(array) {
  if (!isRunning()) {
    seeded();
  }
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  bytes.set(getRandomBytes(bytes.length));
  return array;
}

function randomUUID() {
  const bytes = getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export const crypto = Object.freeze({ getRandomValues, randomUUID });
