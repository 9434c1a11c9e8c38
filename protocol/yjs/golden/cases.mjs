// Writes golden cases: histories of 2 to 5 clients, and what the real Yjs makes of them.
// A case is a group of lines `name value…`, values in hexadecimal; it ends with `end`.
// Run: npm ci && node cases.mjs SEED COUNT [FILE]   (FILE is compressed; without it, standard output)
import * as Y from 'yjs'
import * as encoding from 'lib0/encoding'
import { gzipSync } from 'node:zlib'
import { writeFileSync, writeSync } from 'node:fs'
import { makeHistory } from './history.mjs'
import { counts, countConflicts } from './counts.mjs'

const hex = bytes => Buffer.from(bytes).toString('hex')

/** A plain value with sorted keys, so that equal contents have equal bytes. */
const canonical = value => {
  if (value instanceof Y.AbstractType) return { type: canonical(value.toJSON()) }
  if (value instanceof Y.Doc) return {}
  if (Array.isArray(value)) return value.map(canonical)
  if (value !== null && typeof value === 'object' && !(value instanceof Uint8Array)) {
    const sorted = {}
    for (const key of Object.keys(value).sort()) sorted[key] = canonical(value[key])
    return sorted
  }
  return value
}

const any = value => {
  const encoder = encoding.createEncoder()
  encoding.writeAny(encoder, canonical(value))
  return hex(encoding.toUint8Array(encoder))
}

const typed = options => {
  const doc = new Y.Doc(options)
  doc.clientID = 999_999_937
  doc.getText('text'); doc.getText('rich'); doc.getArray('list'); doc.getMap('map'); doc.get('xml', Y.XmlFragment)
  return doc
}

const positions = (random, doc, out) => {
  for (const name of ['text', 'rich']) {
    const type = doc.getText(name)
    const index = random.below(type.length + 1)
    const assoc = random.chance(0.5) ? 0 : -1
    const relative = Y.createRelativePositionFromTypeIndex(type, index, assoc)
    const absolute = Y.createAbsolutePositionFromRelativePosition(relative, doc)
    out(`position ${name} ${index} ${assoc} ${hex(Y.encodeRelativePosition(relative))} ${absolute.index}`)
  }
}

const state = (doc, name, out) => out(`${name} ${hex(Y.encodeStateVector(doc))} ${hex(Y.encodeStateAsUpdate(doc))}`)

export const makeCase = (seed, out) => {
  const { updates, random } = makeHistory(seed)
  const gc = random.chance(0.8)
  const order = random.shuffle(updates.slice())
  for (let i = 4; i < order.length; i += 5) order.splice(random.below(order.length), 0, order[i])
  out(`case ${seed} ${gc ? 1 : 0}`)
  order.forEach(update => out(`update ${hex(update)}`))

  const doc = typed({ gc })
  const half = random.below(order.length + 1)
  out(`half ${half}`)
  order.slice(0, half).forEach(update => Y.applyUpdate(doc, update))
  if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null) counts.pending++
  state(doc, 'halfway', out)
  const known = Y.encodeStateVector(doc)
  order.slice(half).forEach(update => Y.applyUpdate(doc, update))
  state(doc, 'whole', out)
  out(`since ${hex(Y.encodeStateAsUpdate(doc, known))}`)
  out(`json ${any(doc.getText('text').toString())} ${any(doc.getArray('list').toJSON())} ${any(doc.getMap('map').toJSON())}`)
  out(`delta ${any(doc.getText('rich').toDelta())}`)
  positions(random, doc, out)

  const some = order.filter(() => random.chance(0.5))
  const merged = Y.mergeUpdates(some.length > 0 ? some : order)
  out(`merge ${some.length > 0 ? some.map(u => order.indexOf(u)).join(',') : order.map((_, i) => i).join(',')} ${hex(merged)}`)
  out(`vector ${hex(Y.encodeStateVectorFromUpdate(merged))}`)
  out(`diff ${hex(Y.diffUpdate(merged, known))}`)
  const loaded = typed({ gc })
  Y.applyUpdate(loaded, Y.mergeUpdates(order))
  state(loaded, 'loaded', out)
  out('end')
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const seed = Number(process.argv[2])
  const count = Number(process.argv[3])
  const file = process.argv[4]
  if (!Number.isInteger(seed) || !Number.isInteger(count)) throw new Error('usage: node cases.mjs SEED COUNT [FILE]')
  console.warn = () => {}
  if (file) countConflicts()
  let text = ''
  for (let i = 0; i < count; i++) {
    makeCase(seed * 1_000_003 + i, line => { text += line + '\n' })
    if (!file && (text.length > 1 << 20 || i + 1 === count)) { writeAll(text); text = '' }
  }
  if (file) {
    writeFileSync(file, gzipSync(text, { level: 9 }))
    console.error(`${count} cases`, counts)
  }
}

/** A pipe may take less than it is given, or nothing for a moment. */
function writeAll (text) {
  let bytes = Buffer.from(text)
  while (bytes.length > 0) {
    try { bytes = bytes.subarray(writeSync(1, bytes)) } catch (e) { if (e.code !== 'EAGAIN') throw e }
  }
}
