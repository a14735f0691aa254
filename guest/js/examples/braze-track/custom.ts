// The value of one custom attribute.
//
// Braze cuts long texts and arrays silently, which is not a fault. But one bad value in a nested object makes it drop
// all nested updates of the request silently, which is one.

import type { Json } from 'hospes-node';
import { isLong } from './checker.ts';
import type { Checker } from './checker.ts';
import { bytes, isObject } from './payload.ts';
import type { Fields } from './payload.ts';
import { isAttributeTime } from './times.ts';

/** Bytes of an array of objects. */
const MOST_ARRAY = 100 * 1024;

/** What the items of each way to change an array of objects have. */
const NEEDED = new Map([
  ['$add', []],
  ['$update', ['$identifier_key', '$identifier_value', '$new_object']],
  ['$remove', ['$identifier_key', '$identifier_value']],
]);

export function checkCustom(name: string, value: Json, size: number, checker: Checker): void {
  if (Array.isArray(value)) {
    checker.within(name, () => array(value, size, checker));
  } else if (isObject(value)) {
    composite(name, value, size, checker);
  }
}

function array(items: Json[], size: number, checker: Checker): void {
  if (size > MOST_ARRAY && items.some(isObject) && bytes(items) > MOST_ARRAY) {
    checker.fault('an array of objects must not exceed 100 KB');
  }
  for (const [at, item] of items.entries()) {
    if (isObject(item)) {
      checker.within(at, () => nested(item, checker));
    }
  }
}

/** An instruction if all its members are of one family, else a nested object. */
function composite(name: string, fields: Fields, size: number, checker: Checker): void {
  const names = Object.keys(fields);
  const only = (family: string[]) => names.length > 0 && names.every((one) => family.includes(one));
  if (only(['inc'])) {
    if (!Number.isInteger(fields.inc)) {
      checker.notValid(name, "a whole number for 'inc'");
    }
  } else if (only(['add', 'remove'])) {
    if (!Object.values(fields).every(Array.isArray)) {
      checker.notValid(name, "arrays for 'add' and 'remove'");
    }
  } else if (only([...NEEDED.keys()])) {
    checker.within(name, () => {
      for (const [operation, items] of Object.entries(fields)) {
        checker.within(operation, () => edit(operation, items, size, checker));
      }
    });
  } else {
    checker.within(name, () => nested(fields, checker));
  }
}

function edit(operation: string, items: Json, size: number, checker: Checker): void {
  const needed = NEEDED.get(operation) ?? [];
  const isComplete = (item: Json) => isObject(item) && needed.every((name) => (item[name] ?? null) !== null);
  if (Array.isArray(items) && items.every(isComplete)) {
    array(items, size, checker);
  } else {
    const names = needed.length > 0 ? ` with '${needed.join("', '")}'` : '';
    checker.fault(`'${operation}' expects an array of objects${names}`);
  }
}

function nested(value: Json, checker: Checker): void {
  if (value === null) {
    checker.fault('a nested value must not be null');
  } else if (typeof value === 'string' && isLong(value)) {
    checker.fault('a nested text must not exceed 255 characters');
  } else if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) {
      checker.within(at, () => nested(item, checker));
    }
  } else if (isObject(value)) {
    for (const [name, item] of Object.entries(value)) {
      checker.within(name, () => member(name, item, checker));
    }
  }
}

function member(name: string, value: Json, checker: Checker): void {
  if (isLong(name)) {
    checker.fault('a nested name must not exceed 255 characters');
  } else if (name !== '$time') {
    nested(value, checker);
  } else if (!isAttributeTime(value)) {
    checker.fault("'$time' is not valid: expected a time in ISO 8601");
  }
}
