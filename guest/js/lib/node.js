// A node: what it says about itself, and what it does.

const KEYS = ['name', 'version', 'summary', 'egress', 'secrets', 'payload', 'checksPayload', 'params', 'result'];

/** The definition of each node, kept where no author can change it by accident. */
const definitions = new WeakMap();

function refuse(message) {
  throw new TypeError(`node(): ${message}`);
}

function text(definition, key, fallback) {
  const value = definition[key] ?? fallback;
  if (typeof value !== 'string') {
    refuse(`'${key}' is a string`);
  }
  return value;
}

function schema(definition, key) {
  const value = definition[key];
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse(`'${key}' is a JSON Schema, such as { type: 'object', properties: {} }`);
  }
  return value;
}

/** Either `'POST {url}/things'` or `{ method, url }`. */
function egress(entry) {
  if (typeof entry === 'string') {
    const [method, url, ...rest] = entry.split(' ');
    if (url && rest.length === 0) {
      return { method, url };
    }
  } else if (typeof entry?.method === 'string' && typeof entry.url === 'string') {
    return { method: entry.method, url: entry.url };
  }
  return refuse("an entry of 'egress' is a text such as 'POST {base_url}/things'");
}

/** Either a summary, or `{ summary, required }`. */
function input([name, value]) {
  if (typeof value === 'string') {
    return { name, required: true, summary: value };
  }
  if (typeof value?.summary === 'string') {
    return { name, required: value.required ?? true, summary: value.summary };
  }
  return refuse(`'secrets.${name}' is a summary, such as 'The key of the CRM.'`);
}

function params(schema) {
  return Object.entries(schema?.properties ?? {}).map(([name, member]) => ({
    name,
    required: schema.required?.includes(name) ?? false,
    summary: member.description ?? '',
  }));
}

/** Makes a node of what it says about itself and of what it does. */
export function node(definition, execute) {
  if (typeof definition !== 'object' || definition === null) {
    refuse('the first argument is an object with name and version');
  }
  const unknown = Object.keys(definition).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) {
    refuse(`'${unknown}' is unknown: expected ${KEYS.join(', ')}`);
  }
  if (typeof execute !== 'function') {
    refuse('the second argument is a function: ({ payload, params, http, log, context }) => { ... }');
  }
  const name = text(definition, 'name');
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    refuse(`'${name}' is not a name: use lower-case letters, digits and hyphens, such as 'braze-track'`);
  }
  const made = {
    name,
    version: text(definition, 'version'),
    summary: text(definition, 'summary', ''),
    egress: (definition.egress ?? []).map(egress),
    secrets: Object.entries(definition.secrets ?? {}).map(input),
    params: params(schema(definition, 'params')),
    schemas: {
      payload: schema(definition, 'payload'),
      params: schema(definition, 'params'),
      result: schema(definition, 'result'),
    },
    checksPayload: definition.checksPayload === true,
    execute,
    // Where the author has written it, for what is wrong with a result.
    stack: new Error(name).stack,
  };
  const node = Object.freeze({ name: made.name, version: made.version });
  definitions.set(node, made);
  return node;
}

/** What `node()` was called with. */
export function requireNode(node) {
  const definition = typeof node === 'object' && node !== null ? definitions.get(node) : undefined;
  if (definition === undefined) {
    throw new TypeError('the default export is not a node; write: export default node({ ... }, execute)');
  }
  return definition;
}

/** The contract's description. */
export function describe({ name, version, summary, egress, secrets, params, schemas }) {
  const json = (schema) => (schema === undefined ? undefined : JSON.stringify(schema));
  return {
    name,
    version,
    summary,
    egress,
    params,
    secrets,
    payloadSchema: json(schemas.payload),
    resultSchema: json(schemas.result),
    paramsSchema: json(schemas.params),
  };
}
