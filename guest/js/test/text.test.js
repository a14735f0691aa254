// What QuickJS lacks, compared with Node.js.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ours from '../lib/quickjs/text.js';

test('texts are encoded as Node.js does', () => {
  for (const text of ['', 'a', 'é€😀', '\ud800x', 'x\udc00', '\u0000\u07ff\uffff']) {
    assert.deepEqual(new ours.TextEncoder().encode(text), new TextEncoder().encode(text));
  }
});

test('bytes are decoded as Node.js does, valid or not', () => {
  const bytes = [0x00, 0x41, 0x7f, 0x80, 0xbf, 0xc1, 0xc3, 0xa9, 0xe0, 0xa0, 0xed, 0x9f, 0xef, 0xbb, 0xf0, 0x90, 0xf4, 0x8f, 0xff];
  // Numbers that are the same in each run (a linear congruential generator).
  let state = 1;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
  for (let round = 0; round < 2000; round++) {
    const input = Uint8Array.from({ length: next() % 12 }, () => bytes[(next() >>> 8) % bytes.length]);
    assert.equal(new ours.TextDecoder().decode(input), new TextDecoder().decode(input), String(input));
  }
  assert.throws(() => new ours.TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.of(0xff)), TypeError);
  assert.throws(() => new ours.TextDecoder('latin1'), /only utf-8 is/);
});
