// What became of each object. In the end it is delivered, refused, unknown or undelivered.

import { Failure, log } from 'hospes-node';
import type { Kind } from 'hospes-node';
import { mayBeTaken } from './answer.ts';
import type { ItemError, Stop, Taken } from './answer.ts';
import { ARRAYS } from './payload.ts';
import type { ArrayName, Fault, Item, Place } from './payload.ts';

/** Entries of a list in the details. */
const MOST = 10_000;

type Counts = Record<ArrayName, number>;

/** The result of a delivery that left nothing out. */
export interface Delivered {
  success: 'true';
  message: string;
  requests: number;
  processed: Counts;
  /** Whether Braze has only queued some of it, as it does during maintenance. */
  queued: boolean;
}

const nothing = (): Counts => ({ attributes: 0, events: 0, purchases: 0 });
const sum = (counts: Counts): number => counts.attributes + counts.events + counts.purchases;
const place = ({ array, index }: Item): Place => ({ array, index });
const objects = (count: number): string => (count === 1 ? '1 object' : `${count} objects`);

export class Report {
  /** Those that may have reached Braze. */
  requests = 0;
  readonly #delivered = nothing();
  #queued = false;
  readonly #refused: Fault[] = [];
  // One object can have several faults.
  #refusedObjects = 0;
  #unlisted = 0;
  readonly #unknown: Item[] = [];
  readonly #undelivered: Item[] = [];

  /** Takes over what was found before sending, about that many objects. */
  faults(list: Fault[], count: number, unlisted = 0): void {
    this.#refused.push(...list);
    this.#refusedObjects += count;
    this.#unlisted += unlisted;
  }

  /** Notes that Braze has taken a request, but for the objects it names. */
  taken(sent: Item[], { queued, errors, counts }: Taken): void {
    this.#queued ||= queued;
    const [refused, doubtful] = this.#place(sent, errors);
    const ours = nothing();
    for (const one of sent) {
      if (doubtful.has(one)) {
        this.#unknown.push(one);
      } else if (!refused.has(one)) {
        ours[one.array] += 1;
      }
    }
    for (const array of ARRAYS) {
      this.#delivered[array] += ours[array];
      // Braze counts loosely: a difference is worth a look, and not a failure.
      const theirs = counts[array];
      if (typeof theirs === 'number' && theirs !== ours[array]) {
        log.warn('Braze counts other than we do', { array, ours: ours[array], theirs });
      }
    }
  }

  /** The failure of a delivery that ended at the request with `sent`, before `rest`. */
  stopped(sent: Item[], rest: Item[], stop: Stop): Failure {
    const isAnythingTaken = sum(this.#delivered) > 0 || this.#unknown.length > 0;
    if (mayBeTaken(stop)) {
      this.#unknown.push(...sent);
    } else {
      const [refused] = this.#place(sent, stop.errors);
      for (const one of sent.filter((item) => !refused.has(item))) {
        if (stop.allRefused) {
          this.#refused.push({ ...place(one), type: stop.text ?? '' });
          this.#refusedObjects += 1;
        } else {
          this.#undelivered.push(one);
        }
      }
    }
    this.#undelivered.push(...rest);
    const answer = stop.status === undefined ? undefined : { status: stop.status, text: stop.text };
    return isAnythingTaken
      ? this.#failure('partial', `${this.#tally()}. Stopped: ${stop.message}`, answer, stop.retryAfterMs)
      : this.#failure(stop.kind, stop.message, answer, stop.retryAfterMs);
  }

  /** The failure of a payload of which nothing is sent, not even the objects in `valid`. */
  invalidPayload(valid: Item[]): Failure {
    this.#undelivered.push(...valid);
    let message = 'refused before sending';
    if (this.#refusedObjects > 0) {
      message += `: ${this.#refusedObjects} of ${objects(this.#total())}`;
    }
    const [first] = this.#refused;
    if (first !== undefined) {
      message += first.pointer ? `. First fault at ${first.pointer}: ${first.type}` : `: ${first.type}`;
    }
    return this.#failure('invalid-payload', message);
  }

  /** The result of a delivery that was not stopped. Throws the failure if it left anything out. */
  finish(): Delivered {
    const delivered = sum(this.#delivered);
    if (this.#refused.length > 0 || this.#unknown.length > 0) {
      throw this.#failure(delivered > 0 || this.#unknown.length > 0 ? 'partial' : 'rejected', this.#tally());
    }
    const requests = this.requests === 1 ? '1 request' : `${this.requests} requests`;
    return {
      success: 'true',
      message: `${objects(delivered)} delivered in ${requests}`,
      requests: this.requests,
      processed: this.#delivered,
      queued: this.#queued,
    };
  }

  /**
   * The objects of a request that Braze names, and those that it may mean. An entry that names an array but none of
   * its objects may mean any of them, one that names nothing any of the request.
   */
  #place(sent: Item[], errors: ItemError[]): [refused: Set<Item>, doubtful: Set<Item>] {
    const [refused, doubtful] = [new Set<Item>(), new Set<Item>()];
    for (const { array, index, reason } of errors) {
      const ofArray = sent.filter((one) => one.array === array);
      const named = index === undefined ? undefined : ofArray[index];
      if (named !== undefined) {
        this.#refusedObjects += Number(!refused.has(named));
        refused.add(named);
        this.#refused.push({ ...place(named), type: reason });
        continue;
      }
      for (const one of ofArray.length > 0 ? ofArray : sent) {
        doubtful.add(one);
      }
      this.#refused.push({ array: ofArray.length > 0 ? (array ?? null) : null, index: null, type: reason });
    }
    for (const one of refused) {
      doubtful.delete(one);
    }
    return [refused, doubtful];
  }

  #total(): number {
    return sum(this.#delivered) + this.#refusedObjects + this.#unknown.length + this.#undelivered.length;
  }

  #tally(): string {
    const parts: [number, string][] = [
      [this.#refusedObjects, 'refused'],
      [this.#unknown.length, 'perhaps delivered'],
      [this.#undelivered.length, 'not delivered'],
    ];
    const rest = parts.filter(([count]) => count > 0).map(([count, what]) => `, ${count} ${what}`);
    return `${sum(this.#delivered)} of ${objects(this.#total())} delivered${rest.join('')}`;
  }

  #failure(kind: Kind, message: string, answer?: object, retryAfterMs?: number): Failure {
    const lists = {
      refused: this.#refused,
      unknown: this.#unknown.map(place),
      undelivered: this.#undelivered.map(place),
    };
    const more = (list: unknown[]) => Math.max(0, list.length - MOST);
    const omitted = {
      refused: more(lists.refused) + this.#unlisted,
      unknown: more(lists.unknown),
      undelivered: more(lists.undelivered),
    };
    const isAnyOmitted = omitted.refused + omitted.unknown + omitted.undelivered > 0;
    const details = {
      requests: this.requests,
      delivered: this.#delivered,
      refused: lists.refused.slice(0, MOST),
      unknown: lists.unknown.slice(0, MOST),
      undelivered: lists.undelivered.slice(0, MOST),
      ...(isAnyOmitted ? { omitted } : {}),
      ...(answer === undefined ? {} : { answer }),
    };
    return new Failure(kind, message, { retryAfterMs, details });
  }
}
