// An error as its author reads it: with the files and lines that the author wrote.

/**
 * Where lines of the bundle come from: `files`, and runs of lines `[line, count, file, line there]`. The build
 * appends it to the bundle.
 */
function sources() {
  return globalThis.__hospes_sources;
}

/** `    at f (node.js:7:29)` of QuickJS and V8, and `f@node.js:7:29` of StarlingMonkey. */
const FRAME = /^\s*(?:at\s+)?(?:(?<name>.*?)\s*[@(]\s*)?(?<file>[^@()]*?):(?<line>\d+):\d+\)?$/;

function place(file, line) {
  const { files, runs } = sources();
  const run = runs.find(([first, count]) => line >= first && line < first + count);
  return run === undefined ? undefined : `${files[run[2]]}:${run[3] + line - run[0]}`;
}

/** The frames of an error in the author's files, innermost first. */
function frames(error) {
  const found = [];
  for (const text of String(error.stack ?? '').split('\n')) {
    const frame = FRAME.exec(text)?.groups;
    if (frame === undefined) {
      continue;
    }
    const at = place(frame.file, Number(frame.line));
    if (at !== undefined) {
      found.push(frame.name ? `    at ${frame.name} (${at})` : `    at ${at}`);
    }
  }
  return found;
}

/** An error as lines of text. */
export function readable(error) {
  if (!(error instanceof Error)) {
    return [`uncaught: ${show(error)}`];
  }
  const lines = [`${error.name}: ${error.message}`];
  if (sources() === undefined) {
    // A native test: the stack has the author's files already.
    lines.push(...String(error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)));
  } else {
    lines.push(...frames(error));
  }
  if (error.cause !== undefined) {
    const [first, ...rest] = readable(error.cause);
    lines.push(`caused by ${first}`, ...rest);
  }
  return lines;
}

function show(value) {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
