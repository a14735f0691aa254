// The types of `hospes-node/testing`.

import type { Node } from './index.js';

/** What a node sees of an execution. */
export interface Given {
  /** Defaults to an empty object. */
  params?: Record<string, unknown>;
  /** Names. Defaults to none. */
  secrets?: readonly string[];
  /** Defaults to an empty object. */
  variables?: Record<string, unknown>;
  /** Defaults to `test-execution`. */
  executionId?: string;
  /** Defaults to 1. */
  attempt?: number;
  /** Defaults to `test`. */
  env?: string;
  /** Defaults to 30000. */
  remainingMs?: number;
}

/** Why a request gets no response. */
export type Fault = 'timeout' | 'unreachable' | 'denied' | 'interrupted' | 'too-large' | 'exhausted';

/** One request that the node has sent. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | { secret: string; prefix: string }>>;
  readonly body: Uint8Array;
  readonly timeoutMs?: number;
  text(): string;
  json(): any;
}

/** One log record. */
export interface LogRecord {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * A scripted host. Payload, params and result pass through JSON, as in the component. It enforces no policy, limits
 * or deadlines: it returns what the script says. A request that the script has no answer for is `unreachable`.
 */
export class Host {
  constructor(given?: Given);
  /** Answers one request. A `body` that is neither a text nor bytes is sent as JSON. */
  answer(
    method: string,
    url: string,
    response?: {
      /** Defaults to 200. */ status?: number;
      headers?: Record<string, string | number>;
      body?: unknown;
    },
  ): this;
  /** Lets one request have no response. */
  fail(method: string, url: string, fault: Fault, why?: string): this;
  /** Executes a node once. Rejects with the `Failure` that a caller would get; a bug's error is its `cause`. */
  run(node: Node, payload?: unknown): Promise<any>;
  /** Every request so far, in order. */
  readonly requests: SentRequest[];
  /** Every log record so far. */
  readonly logs: LogRecord[];
  /** The answers that no request has had, such as `GET https://a.example/`. */
  readonly unused: string[];
}

/** Runs one golden case, from a file or a value. Rejects if the outcome differs or an exchange is not used. */
export function checkCase(
  node: Node,
  golden: string | URL | object,
  given?: Omit<Given, 'variables'>,
): Promise<Host>;
