// The types of `hospes-node`.

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A JSON Schema (2020-12), written as a literal: the types of payload, params and result are read from it. */
export type Schema = {
  readonly type?: SchemaType | readonly SchemaType[];
  readonly description?: string;
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly [keyword: string]: unknown;
};

export type SchemaType = 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object';

/** The values that a schema describes. */
export type FromSchema<S> = S extends { readonly const: infer C }
  ? C
  : S extends { readonly enum: readonly (infer E)[] }
    ? E
    : S extends { readonly type: readonly (infer T)[] }
      ? OfType<T, S>
      : S extends { readonly type: infer T }
        ? OfType<T, S>
        : Json;

type OfType<T, S> = T extends 'null'
  ? null
  : T extends 'boolean'
    ? boolean
    : T extends 'integer' | 'number'
      ? number
      : T extends 'string'
        ? string
        : T extends 'array'
          ? S extends { readonly items: infer I }
            ? FromSchema<I>[]
            : Json[]
          : T extends 'object'
            ? OfObject<S>
            : Json;

type RequiredOf<S> = S extends { readonly required: readonly (infer R)[] } ? R : never;

type OfObject<S> = S extends { readonly properties: infer P }
  ? { [N in keyof P as N extends RequiredOf<S> ? N : never]: FromSchema<P[N]> } & {
      [N in keyof P as N extends RequiredOf<S> ? never : N]?: FromSchema<P[N]>;
    }
  : { [name: string]: S extends { readonly additionalProperties: infer A extends Schema } ? FromSchema<A> : Json };

/** What a caller can do about a failure, and whether anything happened upstream. */
export type Kind =
  | 'invalid-payload'
  | 'invalid-params'
  | 'denied'
  | 'unauthorized'
  | 'rejected'
  | 'partial'
  | 'rate-limited'
  | 'unavailable'
  | 'unknown'
  | 'protocol'
  | 'internal';

/** All kinds of failures. */
export const KINDS: readonly Kind[];

/** Why an execution did not succeed. Throw it; anything else that is thrown is a bug in the node. */
export class Failure extends Error {
  constructor(
    kind: Kind,
    /** For people. Contains no secrets and no personal data. */
    message: string,
    more?: {
      /** Do not repeat before this many milliseconds have passed. */
      retryAfterMs?: number;
      /** For programs: any JSON value. */
      details?: unknown;
    },
  );
  readonly kind: Kind;
  readonly retryAfterMs?: number;
  readonly details?: unknown;
}

/** A secret as the value of a header. Nothing else can be done with it. */
export interface Secret {
  readonly __secret: unique symbol;
}

/** Names a secret. The host inserts it into the request; the node never sees it. */
export function secret(name: string, options?: { /** Goes before it. Defaults to nothing. */ prefix?: string }): Secret;

/** The value of a header. */
export type HeaderValue = string | number | Secret;

/** What a request has beside its method and URL. */
export interface RequestOptions {
  headers?: Record<string, HeaderValue> | [string, HeaderValue][];
  /** Sent as it is. Not together with `json`. */
  body?: string | Uint8Array;
  /** Sent as JSON, with a `content-type` unless `headers` has one. */
  json?: unknown;
  /** Defaults to the time that the execution has left. */
  timeoutMs?: number;
}

/** One request. */
export interface Request extends RequestOptions {
  /** Defaults to `GET`. */
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  url: string | URL;
}

/** One response, whole. */
export class Response {
  readonly status: number;
  /** In order, names in lower case. */
  readonly headers: [string, string][];
  readonly body: Uint8Array;
  /** Whether the status is one of 200 to 299. */
  readonly ok: boolean;
  /** The first header of this name, in any case. */
  header(name: string): string | undefined;
  text(): string;
  /** Throws a failure of the kind `protocol` if the body is not JSON. */
  json(): any;
}

/** Why there is no response. If nobody catches it, it is a failure of the kind that is true. */
export class HttpError extends Failure {
  readonly reason: 'denied' | 'invalid' | 'unreachable' | 'timeout' | 'interrupted' | 'too-large' | 'exhausted';
  /** What the host says about it, such as `no-rule`. */
  readonly detail?: string;
  /** Whether the upstream may have got the request. */
  readonly mayHaveArrived: boolean;
}

/** HTTP requests, as far as the operator's egress policy allows them. */
export interface Http {
  /** Throws an `HttpError` if there is no response. A status such as 500 is a response. */
  send(request: Request): Response;
  /** Sends requests concurrently. The results are in the order of the requests. */
  sendAll(requests: Request[]): (Response | HttpError)[];
  secret: typeof secret;
  get(url: string | URL, options?: RequestOptions): Response;
  head(url: string | URL, options?: RequestOptions): Response;
  post(url: string | URL, options?: RequestOptions): Response;
  put(url: string | URL, options?: RequestOptions): Response;
  patch(url: string | URL, options?: RequestOptions): Response;
  delete(url: string | URL, options?: RequestOptions): Response;
}
export const http: Http;

type Write = (message: string, fields?: Record<string, unknown>) => void;

/** Log records, kept with the execution's outcome. */
export interface Log {
  trace: Write;
  debug: Write;
  info: Write;
  warn: Write;
  error: Write;
}
export const log: Log;

/** What a node knows about one execution. */
export interface Context {
  /** The same for every attempt of an execution. Usable as an idempotency key. */
  readonly executionId: string;
  /** 1 for the first attempt, 2 for the first retry, and so on. */
  readonly attempt: number;
  /** The environment whose params apply, such as `sandbox`. */
  readonly env: string;
  /** The names of the secrets this node may use. */
  readonly secrets: readonly string[];
  /** What the flow has collected so far. */
  readonly variables: { readonly [name: string]: Json };
  /** Milliseconds until the host ends this execution, counted from its start. */
  readonly remainingMs: number;
  hasSecret(name: string): boolean;
}

/** What a node says about itself. */
export interface Definition<P, A, R> {
  /** Lower-case letters, digits and hyphens, such as `braze-track`. */
  name: string;
  /** The node's own version, such as `0.1.0`. */
  version: string;
  /** One sentence for people. */
  summary?: string;
  /** The requests it wants to make, such as `POST {base_url}/users`. */
  egress?: readonly (string | { method: string; url: string })[];
  /** The secrets it names, each with a sentence for people. */
  secrets?: { readonly [name: string]: string | { summary: string; required?: boolean } };
  /** A payload that does not fit is a failure of the kind `invalid-payload`, before `execute` is called. */
  payload?: P;
  /** The function checks its payload itself: `payload` is for readers of the description only. */
  checksPayload?: boolean;
  /** Params that do not fit are a failure of the kind `invalid-params`. */
  params?: A;
  /** A result that does not fit is a bug in the node. */
  result?: R;
}

/** What `execute` gets. */
export interface Call<P, A> {
  payload: P;
  params: A;
  http: Http;
  log: Log;
  context: Context;
}

/** A node, to be the default export of its file. */
export interface Node {
  readonly name: string;
  readonly version: string;
}

/** Makes a node. `execute` may be async. It keeps nothing between calls: each one has a fresh instance. */
export function node<
  const P extends Schema = Record<never, never>,
  const A extends Schema = Record<never, never>,
  const R extends Schema = Record<never, never>,
>(
  definition: Definition<P, A, R>,
  execute: (
    call: Call<FromSchema<P>, FromSchema<A>>,
  ) => Output<R> | Promise<Output<R>>,
): Node;

type Output<R> = R extends { readonly type: unknown } | { readonly enum: unknown } | { readonly const: unknown }
  ? FromSchema<R>
  : unknown;
