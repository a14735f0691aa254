// Compares a value with a JSON Schema: what nodes use of it, of which the rest is for people.
//
// Checked are type, required, properties, additionalProperties, items, enum, const, minLength, maxLength,
// minimum, maximum, minItems and maxItems.

const TYPES = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  string: (value) => typeof value === 'string',
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === 'number',
  array: Array.isArray,
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

const ARTICLE = { null: 'null', array: 'an array', object: 'an object', integer: 'an integer' };

const BOUNDS = {
  minLength: (text, bound) => typeof text !== 'string' || [...text].length >= bound,
  maxLength: (text, bound) => typeof text !== 'string' || [...text].length <= bound,
  minimum: (number, bound) => typeof number !== 'number' || number >= bound,
  maximum: (number, bound) => typeof number !== 'number' || number <= bound,
  minItems: (list, bound) => !Array.isArray(list) || list.length >= bound,
  maxItems: (list, bound) => !Array.isArray(list) || list.length <= bound,
};

const named = (type) => ARTICLE[type] ?? `a ${type}`;

function found(value) {
  const type = Object.keys(TYPES).find((name) => TYPES[name](value));
  return type === undefined ? typeof value : named(type);
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** The mistakes of a value, each with its place: `payload.user.name: expected a string, found null`. */
export function mistakes(schema, value, place) {
  if (typeof schema !== 'object' || schema === null) {
    return schema === false ? [`${place}: nothing is allowed here`] : [];
  }
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.length > 0 && !types.some((type) => TYPES[type]?.(value))) {
    return [`${place}: expected ${types.map(named).join(' or ')}, found ${found(value)}`];
  }
  const list = [];
  if (schema.enum !== undefined && !schema.enum.some((one) => same(one, value))) {
    list.push(`${place}: expected one of ${schema.enum.map((one) => JSON.stringify(one)).join(', ')}`);
  }
  if ('const' in schema && !same(schema.const, value)) {
    list.push(`${place}: expected ${JSON.stringify(schema.const)}`);
  }
  for (const [name, holds] of Object.entries(BOUNDS)) {
    if (schema[name] !== undefined && !holds(value, schema[name])) {
      list.push(`${place}: ${name} is ${schema[name]}`);
    }
  }
  if (Array.isArray(value) && schema.items !== undefined) {
    value.forEach((item, index) => list.push(...mistakes(schema.items, item, `${place}[${index}]`)));
  }
  if (TYPES.object(value)) {
    list.push(...members(schema, value, place));
  }
  return list;
}

function members(schema, value, place) {
  const list = [];
  const properties = schema.properties ?? {};
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(value, name)) {
      list.push(`${place}: '${name}' is missing`);
    }
  }
  for (const [name, member] of Object.entries(value)) {
    if (Object.hasOwn(properties, name)) {
      list.push(...mistakes(properties[name], member, `${place}.${name}`));
    } else if (schema.additionalProperties === false) {
      const names = Object.keys(properties).join(', ') || 'nothing';
      list.push(`${place}: '${name}' is unknown: expected ${names}`);
    } else if (schema.additionalProperties !== undefined) {
      list.push(...mistakes(schema.additionalProperties, member, `${place}.${name}`));
    }
  }
  return list;
}
