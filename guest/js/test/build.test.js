// The command line of the build, with QuickJS, which is quick.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../bin/hospes-node.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'hospes-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function run(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const build = (name) => run('build', name, '--output', 'node.wasm', '--engine', 'quickjs');
const about = "{ name: 'n', version: '1.0.0' }";

test('TypeScript becomes a component, and standard output says which', () => {
  writeFileSync(join(folder, 'n.ts'), `import { node } from 'hospes-node';
const answer: number = 42;
export default node(${about}, () => answer);
`);
  const { status, stdout, stderr } = build('n.ts');
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), { component: 'node.wasm', world: 'node-async' });
  assert.equal(readFileSync(join(folder, 'node.wasm')).subarray(0, 4).toString('latin1'), '\0asm');
  rmSync(join(folder, 'node.wasm'));
});

const MISTAKES = [
  ['a syntax error', "import { node } from 'hospes-node';\nexport default node(;\n", /^n\.js:2: Unexpected ";"/m],
  ['no default export', "export const a = 1;\n", /^n\.js:1: there is no default export; write: export default node/m],
  ['a default export that is not a node', "export default {};\n", /^n\.js:1: .*the default export is not a node; write/m],
  [
    'an exception at import',
    `import { node } from 'hospes-node';\n\nconst table = undefined;\ntable.rows;\nexport default node(${about}, () => 1);\n`,
    /^n\.js:4: (Type)?Error: cannot read property 'rows' of undefined/m,
  ],
  [
    'a description that is wrong',
    "import { node } from 'hospes-node';\n\nexport default node({ name: 'N', version: '1' }, () => 1);\n",
    /^n\.js:3: (Type)?Error: node\(\): 'N' is not a name/m,
  ],
  [
    'a module of Node.js',
    `import { node } from 'hospes-node';\nimport fs from 'node:fs';\nexport default node(${about}, () => fs);\n`,
    /^n\.js:2: 'node:fs' of Node\.js does not exist in a component; a node has no files/m,
  ],
  [
    'a package that is not installed',
    `import { node } from 'hospes-node';\nimport left from 'left-pad';\nexport default node(${about}, () => left);\n`,
    /^n\.js:2: Could not resolve "left-pad"/m,
  ],
  [
    'a random number at the top',
    `import { node } from 'hospes-node';\nconst id = Math.random();\nexport default node(${about}, () => id);\n`,
    /^n\.js:2: Error: a random number at the top of a file would be the same in each execution/m,
  ],
  [
    'the scripted host',
    `import { node } from 'hospes-node';\nimport { Host } from 'hospes-node/testing';\nexport default node(${about}, () => Host);\n`,
    /^n\.js:2: 'hospes-node\/testing' is for tests/m,
  ],
];

for (const [what, source, message] of MISTAKES) {
  test(`${what} is refused with its file and line, and no file is left`, () => {
    writeFileSync(join(folder, 'n.js'), source);
    const { status, stdout, stderr } = build('n.js');
    assert.match(stderr, message);
    assert.deepEqual([status, stdout, existsSync(join(folder, 'node.wasm'))], [2, '', false]);
  });
}

test('wrong usage says what is right', () => {
  for (const [args, message] of [
    [[], /usage: hospes-node build SOURCE --output FILE/],
    [['build', 'n.js'], /usage: hospes-node build/],
    [['build', 'none.js', '--output', 'o'], /none\.js: there is no such file/],
    [['build', 'n.js', '--output', 'o', '--engine', 'v8'], /'v8' is unknown: use starlingmonkey or quickjs/],
    [['build', 'n.js', '--output', 'o', '--fast'], /usage: hospes-node build/],
  ]) {
    const { status, stdout, stderr } = run(...args);
    assert.match(stderr, message);
    assert.deepEqual([status, stdout], [2, '']);
  }
});
