// What happens later: timers, and requests of `fetch`, which are sent together.
//
// QuickJS runs its own queue of promises only. While an execution waits, `drive` does what else there is to do:
// first the requests that were asked for, all at once, then the timer that is due next.

import { now, subscribeDuration } from 'wasi:clocks/monotonic-clock@0.2.6';

/** After so many turns of the queue of promises, nothing but requests and timers goes on. */
const TURNS = 64;

const state = { running: false, timers: [], next: 1, requests: [], flush: undefined };

/** Whether an execution runs, and not the build. */
export function isRunning() {
  return state.running;
}

export function beginExecution() {
  state.running = true;
  state.timers = [];
  state.requests = [];
}

/** Asks for a request; `flush` answers all that were asked for. */
export function enqueue(request, flush) {
  state.flush = flush;
  return new Promise((resolve, reject) => {
    state.requests.push({ request, resolve, reject });
  });
}

function add(call, delay, repeat, args) {
  if (!state.running) {
    throw new Error('a timer at the top of a file would end with the build: set it in execute');
  }
  const every = Math.max(0, Number(delay) || 0);
  const timer = { id: state.next++, due: time() + every, call: () => call(...args), every, repeat };
  state.timers.push(timer);
  return timer.id;
}

/** Milliseconds of the monotonic clock. */
function time() {
  return Number(now()) / 1e6;
}

export const setTimeout = (call, delay, ...args) => add(call, delay, false, args);
export const setInterval = (call, delay, ...args) => add(call, delay, true, args);

export function clearTimeout(id) {
  state.timers = state.timers.filter((timer) => timer.id !== id);
}

export const clearInterval = clearTimeout;

function runNextTimer() {
  const timer = state.timers.reduce((first, one) => (one.due < first.due ? one : first));
  const wait = timer.due - time();
  if (wait > 0) {
    const pollable = subscribeDuration(Math.ceil(wait * 1e6));
    pollable.block();
    pollable[Symbol.dispose]();
  }
  clearTimeout(timer.id);
  if (timer.repeat) {
    state.timers.push({ ...timer, due: time() + timer.every });
  }
  timer.call();
}

/** Waits for a promise, and meanwhile sends requests and runs timers. */
export async function drive(promise) {
  let settled = false;
  const done = () => {
    settled = true;
  };
  Promise.resolve(promise).then(done, done);
  for (;;) {
    for (let turn = 0; turn < TURNS && !settled; turn++) {
      await undefined;
    }
    if (settled) {
      return promise;
    }
    if (state.requests.length > 0) {
      state.flush(state.requests.splice(0));
    } else if (state.timers.length > 0) {
      runNextTimer();
    } else {
      throw new Error('execute waits for a promise that nothing can settle');
    }
  }
}
