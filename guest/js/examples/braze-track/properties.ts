// The `properties` of an event or a purchase.
//
// Names are checked at every depth, values hardly at all: Braze cuts a long text and omits a null.

import type { Json } from 'hospes-node';
import { isLong } from './checker.ts';
import type { Checker } from './checker.ts';
import { bytes, isObject } from './payload.ts';
import type { Fields } from './payload.ts';

const WHAT = "Invalid 'properties' field: ";

/** `most` is in KB, `size` in bytes: that of the whole object. */
export function checkProperties(
  fields: Fields,
  reserved: string[],
  most: number,
  size: number,
  checker: Checker,
): void {
  const properties = fields.properties ?? null;
  if (properties === null) {
    return;
  }
  checker.within('properties', () => {
    if (!isObject(properties)) {
      checker.fault(`${WHAT}expected an object`);
      return;
    }
    if (size > most * 1024 && bytes(properties) > most * 1024) {
      checker.fault(`${WHAT}more than ${most} KB`);
    }
    for (const name of Object.keys(properties).filter((one) => reserved.includes(one))) {
      checker.faultAt(name, `${WHAT}'${name}' is reserved`);
    }
    names(properties, checker);
  });
}

function names(value: Json, checker: Checker): void {
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) {
      checker.within(at, () => names(item, checker));
    }
  } else if (isObject(value)) {
    for (const [name, item] of Object.entries(value)) {
      checker.within(name, () => {
        if (name === '') {
          checker.fault(`${WHAT}a name is empty`);
        } else if (name.startsWith('$')) {
          checker.fault(`${WHAT}a name starts with '$'`);
        } else if (isLong(name)) {
          checker.fault(`${WHAT}a name exceeds 255 characters`);
        }
        names(item, checker);
      });
    }
  }
}
