// Where in a payload the check is, and the faults it has found so far.

import type { Json } from 'hospes-node';
import { length, token } from './payload.ts';
import type { Fault, Fields, Form, Item } from './payload.ts';

/** Characters of the longest name of anything. */
const MOST_CHARS = 255;

/** Bytes of faults that are listed. A failure has its limits, too. */
const MOST_LISTED = 256 * 1024;

/** Whether a text is longer than Braze takes. Counts characters, not UTF-16 units. */
export const isLong = (text: string): boolean => text.length > MOST_CHARS && [...text].length > MOST_CHARS;

/** The faults of a payload. */
export class Faults {
  readonly list: Fault[] = [];
  omitted = 0;
  #bytes = 0;

  add(one: Fault): void {
    this.#bytes += length(one.type) + length(one.pointer ?? '') + 64;
    if (this.#bytes > MOST_LISTED && this.list.length > 0) {
      this.omitted += 1;
    } else {
      this.list.push(one);
    }
  }
}

export class Checker {
  fine = true;
  readonly #item: Item;
  readonly #faults: Faults;
  readonly #ofUser: string;
  #base: string;
  #path = '';

  constructor(form: Form, item: Item, faults: Faults) {
    this.#item = item;
    this.#faults = faults;
    const place = `/${item.array}/${item.index}`;
    this.#base = form === 'body' ? place : item.array === 'events' ? '/event' : '/user';
    this.#ofUser = form === 'body' ? place : '/user';
  }

  /** Goes one step down for as long as `check` runs. */
  within(step: string | number, check: () => void): void {
    const before = this.#path;
    this.#path += token(step);
    check();
    this.#path = before;
  }

  /** In a conversation, the event's identifier stands in `user`. */
  inUser(check: () => void): void {
    const before = this.#base;
    this.#base = this.#ofUser;
    check();
    this.#base = before;
  }

  fault(type: string): void {
    this.fine = false;
    const { array, index } = this.#item;
    this.#faults.add({ array, index, pointer: this.#base + this.#path, type });
  }

  /** A fault of the member `name`. */
  faultAt(name: string | number, type: string): void {
    this.within(name, () => this.fault(type));
  }

  notValid(name: string, expected: string): void {
    this.faultAt(name, `'${name}' is not valid: expected ${expected}`);
  }

  requiredText(fields: Fields, name: string): string | undefined {
    const value = fields[name] ?? null;
    if (value === null || (typeof value === 'string' && value.trim() === '')) {
      this.faultAt(name, `'${name}' is required`);
    } else if (typeof value === 'string') {
      return value;
    } else {
      this.notValid(name, 'a string');
    }
    return undefined;
  }

  optional(fields: Fields, name: string, expected: string, is: (value: Json) => boolean): void {
    const value = fields[name] ?? null;
    if (value !== null && !is(value)) {
      this.notValid(name, expected);
    }
  }

  optionalText(fields: Fields, name: string): void {
    this.optional(fields, name, 'a string', (value) => typeof value === 'string');
  }
}
