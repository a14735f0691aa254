#!/usr/bin/env node
// `hospes-node build SOURCE --output FILE [--engine starlingmonkey|quickjs]`

const NEEDED = 20;

const [major] = process.versions.node.split('.');
if (Number(major) < NEEDED) {
  console.error(`Node.js ${process.versions.node} is too old, ${NEEDED} or newer is needed; run: npx node@22 ${process.argv[1]}`);
  process.exit(2);
}
const { main } = await import('../lib/build/command.js');
process.exitCode = await main(process.argv.slice(2));
