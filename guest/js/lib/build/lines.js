// Which line of which file a line of the bundle comes from, out of a source map.

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The numbers of one segment: base 64, six bits each, the highest says that more follow, the lowest is the sign. */
function numbers(segment) {
  const list = [];
  let value = 0;
  let shift = 0;
  for (const character of segment) {
    const digit = DIGITS.indexOf(character);
    value += (digit & 31) << shift;
    shift += 5;
    if (digit < 32) {
      list.push(value & 1 ? -(value >>> 1) : value >>> 1);
      value = 0;
      shift = 0;
    }
  }
  return list;
}

/**
 * Runs of lines `[line, count, file, line there]`, counted from 1, with the files that `name` gives a name.
 */
export function runs(map, name) {
  const files = [];
  const known = map.sources.map((path) => {
    const own = name(path);
    return own === undefined ? undefined : files.push(own) - 1;
  });
  const list = [];
  let source = 0;
  let line = 0;
  map.mappings.split(';').forEach((segments, index) => {
    let first;
    for (const segment of segments.split(',').filter(Boolean)) {
      const [, toSource = 0, toLine = 0] = numbers(segment);
      source += toSource;
      line += toLine;
      first ??= [known[source], line + 1];
    }
    if (first?.[0] === undefined) {
      return;
    }
    const last = list.at(-1);
    const [file, there] = first;
    const follows = last && last[0] + last[1] === index + 1 && last[2] === file && last[3] + last[1] === there;
    if (follows) {
      last[1] += 1;
    } else {
      list.push([index + 1, 1, file, there]);
    }
  });
  return { files, runs: list };
}
