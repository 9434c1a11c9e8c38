// Runs yjs, yrs (ywasm), diamond-types and the Java engine in turn on one trace, one process each, and
// prints medians in milliseconds with ratios: what counts is the ratio inside one run. Each has one core, the same one,
// where there is `taskset`; the rules of measuring are at the top of peer.mjs, the same for all.
// Run: npm ci && (cd ../.. && mvn -q -pl protocol/yjs -am test-compile) && node run.mjs TRACE.json.gz
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const trace = process.argv[2]
if (!trace || !existsSync(trace)) throw new Error('usage: node run.mjs TRACE.json.gz')
const here = new URL('.', import.meta.url).pathname

const CORE = '0'
const canPin = spawnSync('taskset', ['-c', CORE, 'true']).status === 0
const load = () => existsSync('/proc/loadavg') ? readFileSync('/proc/loadavg', 'utf8').trim() : 'unknown'

const run = (command, args) => {
  const [program, all] = canPin ? ['taskset', ['-c', CORE, command, ...args]] : [command, args]
  const result = spawnSync(program, all, { encoding: 'utf8', maxBuffer: 1 << 24 })
  if (result.status !== 0) {
    console.error(`${command} ${args.join(' ')}: ${result.stderr.slice(0, 500)}`)
    process.exitCode = 1
    return {}
  }
  return Object.fromEntries(result.stdout.trim().split('\n').map(line => line.split(' ')).map(([work, ...figures]) => [work, figures.map(Number)]))
}

// The JDK that ./qide finds.
const java = spawnSync('bash', ['-c', '. "$0" && find_java 25', `${here}../../../ops/build/find-java`], { encoding: 'utf8' }).stdout.trim()
const folders = ['classes', 'test-classes'].map(name => `${here}../target/${name}`)
const missing = [
  java === '' && 'a JDK of version 25 or newer: install one, or set QIDE_JAVA_HOME',
  folders.some(folder => !existsSync(folder)) && 'the built engine: run "mvn -q -pl protocol/yjs -am test-compile" in the root of the repository',
  !existsSync(`${here}node_modules`) && 'the other libraries: run "npm ci" here'
].filter(Boolean)
if (missing.length > 0) {
  console.error(missing.map(each => `Missing: ${each}.`).join('\n'))
  process.exit(1)
}
const classes = folders.join(':')
console.log(`load before: ${load()}; ${canPin ? `pinned to core ${CORE}` : 'not pinned'}`)
const results = {
  yjs: run('node', [`${here}peer.mjs`, 'yjs', trace]),
  ywasm: run('node', [`${here}peer.mjs`, 'ywasm', trace]),
  diamond: run('node', [`${here}peer.mjs`, 'diamond', trace]),
  java: run(java, ['-XX:+UseSerialGC', '-cp', classes, 'dev.qide.yjs.Bench', trace])
}

const cell = (library, work, which) => results[library][work] === undefined ? '' : `${results[library][work][which]} (${(results[library][work][which] / results.java[work][which]).toFixed(1)}x)`
for (const [which, what] of ['median of the time passed', 'mean of the CPU used'].entries()) {
  console.log(`\n${what}, ms\n| work | yjs | ywasm | diamond-types | this engine |\n|---|---|---|---|---|`)
  for (const work of ['apply', 'local', 'load', 'encode', 'merge']) {
    console.log(`| ${work} | ${['yjs', 'ywasm', 'diamond'].map(library => cell(library, work, which)).join(' | ')} | ${results.java[work][which]} |`)
  }
}
console.log(`\nheap, MB: ${results.java.heapMB[0]}`)
console.log(`load after: ${load()}`)
