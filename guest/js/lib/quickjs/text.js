// `TextEncoder` and `TextDecoder`, for UTF-8.

/** What stands for bytes that are not UTF-8, and for half of a surrogate pair. */
const REPLACEMENT = 0xfffd;

export class TextEncoder {
  get encoding() {
    return 'utf-8';
  }

  encode(text = '') {
    const source = String(text);
    const bytes = new Uint8Array(source.length * 3);
    let at = 0;
    for (const character of source) {
      let code = character.codePointAt(0);
      if (code >= 0xd800 && code <= 0xdfff) {
        code = REPLACEMENT;
      }
      if (code < 0x80) {
        bytes[at++] = code;
      } else if (code < 0x800) {
        bytes[at++] = 0xc0 | (code >> 6);
        bytes[at++] = 0x80 | (code & 0x3f);
      } else if (code < 0x10000) {
        bytes[at++] = 0xe0 | (code >> 12);
        bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
        bytes[at++] = 0x80 | (code & 0x3f);
      } else {
        bytes[at++] = 0xf0 | (code >> 18);
        bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
        bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
        bytes[at++] = 0x80 | (code & 0x3f);
      }
    }
    return bytes.slice(0, at);
  }
}

/** How many bytes follow a first one, and the range of the first that follows; undefined if none can. */
function sequence(first) {
  if (first >= 0xc2 && first <= 0xdf) {
    return [1, 0x80, 0xbf];
  }
  if (first >= 0xe0 && first <= 0xef) {
    return [2, first === 0xe0 ? 0xa0 : 0x80, first === 0xed ? 0x9f : 0xbf];
  }
  if (first >= 0xf0 && first <= 0xf4) {
    return [3, first === 0xf0 ? 0x90 : 0x80, first === 0xf4 ? 0x8f : 0xbf];
  }
  return undefined;
}

/** The code point at a place and the place after it. Bytes that are not UTF-8 are -1. */
function codePoint(bytes, at) {
  const first = bytes[at];
  if (first < 0x80) {
    return [first, at + 1];
  }
  const follow = sequence(first);
  if (follow === undefined) {
    return [-1, at + 1];
  }
  let [count, low, high] = follow;
  let code = first & (0x3f >> count);
  let next = at + 1;
  for (; count > 0; count--, next++) {
    const byte = bytes[next];
    if (byte === undefined || byte < low || byte > high) {
      return [-1, next];
    }
    code = (code << 6) | (byte & 0x3f);
    [low, high] = [0x80, 0xbf];
  }
  return [code, next];
}

export class TextDecoder {
  constructor(label = 'utf-8', { fatal = false, ignoreBOM = false } = {}) {
    if (!['utf-8', 'utf8', 'unicode-1-1-utf-8'].includes(String(label).trim().toLowerCase())) {
      throw new RangeError(`the encoding '${label}' is not supported: only utf-8 is`);
    }
    this.fatal = fatal;
    this.ignoreBOM = ignoreBOM;
  }

  get encoding() {
    return 'utf-8';
  }

  decode(input = new Uint8Array()) {
    const bytes = ArrayBuffer.isView(input)
      ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
      : new Uint8Array(input);
    const parts = [];
    let codes = [];
    let at = 0;
    while (at < bytes.length) {
      const [code, next] = codePoint(bytes, at);
      if (code === -1 && this.fatal) {
        throw new TypeError('the bytes are not UTF-8');
      }
      codes.push(code === -1 ? REPLACEMENT : code);
      if (codes.length === 4096) {
        parts.push(String.fromCodePoint(...codes));
        codes = [];
      }
      at = next;
    }
    parts.push(String.fromCodePoint(...codes));
    const text = parts.join('');
    return text.startsWith('\ufeff') && !this.ignoreBOM ? text.slice(1) : text;
  }
}
