// Whose object it is: exactly one primary identifier, or else an address or a phone number.

import type { Checker } from './checker.ts';
import { identifiers, isObject, length } from './payload.ts';
import type { Fields } from './payload.ts';

const NONE = "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required";
const SEVERAL = "You must specify only one of 'external_id', 'user_alias' or 'braze_id'";
const BAD_EMAIL = "The value provided for the 'email' field is not a valid email.";

/** Bytes of an `external_id`. */
const MOST_BYTES = 987;

export function checkIdentifier(fields: Fields, checker: Checker): void {
  checker.inUser(() => {
    shapes(fields, checker);
    const [primary, secondary] = identifiers(fields);
    if (primary.length > 1) {
      checker.fault(SEVERAL);
    } else if (primary.length === 0 && secondary.length === 0 && checker.fine) {
      // A malformed identifier has its fault already.
      checker.fault(NONE);
    } else if (primary.length === 0 && secondary[0] === 'phone' && !isPhone(String(fields.phone))) {
      checker.notValid('phone', 'a phone number, because it identifies the user');
    }
  });
}

function shapes(fields: Fields, checker: Checker): void {
  for (const name of ['external_id', 'braze_id', 'phone']) {
    checker.optionalText(fields, name);
  }
  const { external_id: id, email = null, user_alias: alias = null } = fields;
  if (typeof id === 'string' && length(id) > MOST_BYTES) {
    checker.faultAt('external_id', "'external_id' must be fewer than 988 bytes");
  }
  if (email !== null && email !== '' && !(typeof email === 'string' && isEmail(email))) {
    checker.faultAt('email', BAD_EMAIL);
  }
  if (isObject(alias)) {
    checker.within('user_alias', () => {
      checker.optionalText(alias, 'alias_name');
      checker.optionalText(alias, 'alias_label');
    });
  } else if (alias !== null) {
    checker.notValid('user_alias', 'an object');
  }
  checker.optional(fields, '_update_existing_only', 'a boolean', (value) => typeof value === 'boolean');
}

function isPhone(number: string): boolean {
  const digits = number.replace(/[^0-9]/g, '').length;
  return digits >= 7 && digits <= 15 && /^\+?[0-9 .()-]*$/.test(number);
}

/** Any letter outside of ASCII will do: StarlingMonkey has no tables of Unicode for its regular expressions. */
const isLabel = (label: string): boolean =>
  /^(?!-)[A-Za-z0-9\u{80}-\u{10ffff}-]{1,63}$/u.test(label) && !label.endsWith('-');

const isControl = (character: string): boolean => character < ' ' || (character >= '\x7f' && character <= '\x9f');

function isEmail(address: string): boolean {
  const at = address.lastIndexOf('@');
  const [local, host] = [address.slice(0, Math.max(at, 0)), address.slice(at + 1)];
  const labels = host.split('.');
  const top = labels.at(-1) ?? '';
  const isLocal = /^[^\s@,;<>"()[\]\\]+$/.test(local) && ![...local].some(isControl) && length(local) <= 64;
  return (
    isLocal &&
    local.split('.').every((part) => part !== '') &&
    length(host) <= 253 &&
    labels.length > 1 &&
    labels.every(isLabel) &&
    [...top].length > 1 &&
    !/^[0-9]+$/.test(top)
  );
}
