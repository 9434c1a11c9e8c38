// Writes golden cases: histories of 2 to 5 clients, and what the real Yjs makes of them.
// A case is a group of lines `name value…`, values in hexadecimal; it ends with `end`. Of a result in update
// format v2 a line has a hash, since the Java engine can make its bytes from those of v1.
// Run: npm ci && node cases.mjs SEED COUNT [FILE]   (FILE is compressed; without it, standard output)
import * as Y from 'yjs'
import * as encoding from 'lib0/encoding'
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { writeFileSync, writeSync } from 'node:fs'
import { makeHistory } from './history.mjs'
import { counts, countConflicts } from './counts.mjs'

export const hex = bytes => Buffer.from(bytes).toString('hex')

/** The first 64 bits of the SHA-256 of some arrays, joined. */
export const hash = (...arrays) => {
  const sha = createHash('sha256')
  arrays.forEach(bytes => sha.update(bytes))
  return sha.digest('hex').slice(0, 16)
}

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

export const any = value => {
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

const state = (doc, name, out) => out(`${name} ${hex(Y.encodeStateVector(doc))} ${hex(Y.encodeStateAsUpdate(doc))} ${hash(Y.encodeStateAsUpdateV2(doc))}`)

/** What was the state of a document, in both formats, and restored if the document has its deleted content. */
const snapshots = (doc, snapshot, out) => {
  out(`snapshot ${hex(Y.encodeSnapshot(snapshot))} ${hash(Y.encodeSnapshotV2(snapshot))}`)
  if (doc.gc) return
  const restored = Y.createDocFromSnapshot(doc, snapshot, typed({ gc: false }))
  state(restored, 'restored', out)
  out(`text ${any(restored.getText('text').toString())} ${any(restored.getText('rich').toDelta())}`)
}

export const makeCase = (seed, out) => {
  const { updates, v2, random } = makeHistory(seed)
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
  const snapshot = Y.snapshot(doc)
  order.slice(half).forEach(update => Y.applyUpdate(doc, update))
  state(doc, 'whole', out)
  out(`since ${hex(Y.encodeStateAsUpdate(doc, known))} ${hash(Y.encodeStateAsUpdateV2(doc, known))}`)
  out(`json ${any(doc.getText('text').toString())} ${any(doc.getArray('list').toJSON())} ${any(doc.getMap('map').toJSON())}`)
  out(`delta ${any(doc.getText('rich').toDelta())}`)
  positions(random, doc, out)

  const some = order.filter(() => random.chance(0.5))
  const chosen = some.length > 0 ? some : order
  const merged = Y.mergeUpdates(chosen)
  const mergedV2 = Y.mergeUpdatesV2(chosen.map(update => v2.get(update)))
  out(`merge ${some.length > 0 ? some.map(u => order.indexOf(u)).join(',') : order.map((_, i) => i).join(',')} ${hex(merged)} ${hash(mergedV2)}`)
  out(`vector ${hex(Y.encodeStateVectorFromUpdate(merged))} ${hash(Y.encodeStateVectorFromUpdateV2(mergedV2))}`)
  out(`diff ${hex(Y.diffUpdate(merged, known))} ${hash(Y.diffUpdateV2(mergedV2, known))}`)
  const loaded = typed({ gc })
  Y.applyUpdate(loaded, Y.mergeUpdates(order))
  state(loaded, 'loaded', out)
  const converted = order.map(Y.convertUpdateFormatV1ToV2)
  out(`converted ${hash(...order.map(update => v2.get(update)))} ${hash(...converted)} ${hash(...converted.map(Y.convertUpdateFormatV2ToV1))}`)
  snapshots(doc, snapshot, out)
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
