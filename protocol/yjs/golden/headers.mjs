// Writes src/test/resources/golden/headers.txt.gz: real updates and what Yjs reads in their heads.
// One line each: hex of the update, structs, deletions; a range is client:from-to, `-` is none.
// Run: npm ci && node headers.mjs [seed] [histories]
import * as Y from 'yjs'
import { gzipSync } from 'node:zlib'
import { writeFileSync } from 'node:fs'
import { makeHistory } from './history.mjs'

const seed = Number(process.argv[2] ?? 1)
const histories = Number(process.argv[3] ?? 260)

const ranges = list => list.length === 0 ? '-' : list.map(([client, from, to]) => `${client}:${from}-${to}`).join(',')

const byClient = (a, b) => a[0] - b[0] || a[1] - b[1]

/** Sorts ranges and joins those that touch. */
const joined = list => {
  const out = []
  for (const [client, from, to] of list.sort(byClient)) {
    const last = out.at(-1)
    if (last && last[0] === client && last[2] >= from) last[2] = Math.max(last[2], to)
    else out.push([client, from, to])
  }
  return out
}

const line = update => {
  const { structs, ds } = Y.decodeUpdate(update)
  const brought = structs.filter(s => !(s instanceof Y.Skip)).map(s => [s.id.client, s.id.clock, s.id.clock + s.length])
  const deleted = [...ds.clients].flatMap(([client, items]) => items.map(d => [client, d.clock, d.clock + d.len]))
  return `${Buffer.from(update).toString('hex')} ${ranges(joined(brought))} ${ranges(joined(deleted))}\n`
}

let text = ''
let count = 0
for (let i = 0; i < histories; i++) {
  const { updates, random } = makeHistory(seed * 1_000_003 + i)
  const merged = Y.mergeUpdates(updates.filter(() => random.chance(0.5)).concat(updates.slice(0, 1)))
  for (const update of [...updates, merged]) { text += line(update); count++ }
}
writeFileSync(new URL('../src/test/resources/golden/headers.txt.gz', import.meta.url), gzipSync(text, { level: 9 }))
console.log(`${count} updates`)
