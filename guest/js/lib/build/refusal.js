// An error that an engine reports while it loads the bundle, at the author's file and line.

import { Mistake } from './mistake.js';

/** `node.js:7:29` of StarlingMonkey, `user.js:7:29` of QuickJS. */
const PLACE = /\b(?:node|user)\.js:(\d+):\d+/g;

/** The error itself, after what the engine says of its own. */
const ERROR = /\b((?:[A-Z]\w*)?Error: .*)/;

export function refusal({ sources, source }, error) {
  const text = String(error.message);
  const what = ERROR.exec(text.replace(/^.*?(evaluation|module): /s, ''))?.[1] ?? text.trim();
  for (const [, line] of text.matchAll(PLACE)) {
    const at = Number(line);
    const run = sources.runs.find(([first, count]) => at >= first && at < first + count);
    if (run !== undefined) {
      return new Mistake(`${sources.files[run[2]]}:${run[3] + at - run[0]}: ${what}`);
    }
  }
  return new Mistake(`${source}:1: ${what}`);
}
