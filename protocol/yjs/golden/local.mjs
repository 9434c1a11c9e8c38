// Edits one Yjs document at random and prints each edit as a line of JSON, and every 50 edits the state in
// hexadecimal: whoever makes the same edits has to have the same bytes.
// Run: node local.mjs SEED EDITS, or node local.mjs TRACE.json.gz, which replays a recorded session and prints only the state.
import * as Y from 'yjs'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { Random } from './random.mjs'
import { WORDS } from './history.mjs'

const MARKS = [{ bold: true }, { bold: null }, { color: 'red' }, { color: null }, { bold: true, color: 'blue' }]
const STATE_EDITS = 50
const doc = new Y.Doc()
doc.clientID = 1
const hex = bytes => Buffer.from(bytes).toString('hex')

const place = (random, length) => random.below(3) === 0 ? Math.min(length, random.below(3)) : random.below(length + 1)

const edit = random => {
  const root = random.of(['plain', 'plain', 'rich', 'list', 'map'])
  if (root === 'map') return random.chance(0.3) ? { op: 'remove', root, key: random.of(['a', 'b']) } : { op: 'set', root, key: random.of(['a', 'b']), value: random.below(9) }
  const { length } = root === 'list' ? doc.getArray(root) : doc.getText(root)
  if (length > 0 && random.chance(0.35)) {
    const at = random.below(length)
    return { op: 'delete', root, at, count: 1 + random.below(Math.min(6, length - at)) }
  }
  const at = place(random, length)
  if (root === 'list') return { op: 'push', root, at, values: Array.from({ length: 1 + random.below(3) }, () => random.below(99)) }
  const text = random.of(WORDS)
  if (root === 'plain' || random.chance(0.4)) return { op: 'insert', root, at, text }
  if (length > 0 && random.chance(0.5)) {
    const from = random.below(length)
    return { op: 'format', root, at: from, count: 1 + random.below(Math.min(9, length - from)), marks: random.of(MARKS) }
  }
  return random.chance(0.2) ? { op: 'embed', root, at, value: { e: 1 }, marks: {} } : { op: 'insert', root, at, text, marks: random.of(MARKS) }
}

const make = ({ op, root, at, text, count, marks, values, value, key }) => {
  switch (op) {
    case 'insert': return marks ? doc.getText(root).insert(at, text, { ...marks }) : doc.getText(root).insert(at, text)
    case 'embed': return doc.getText(root).insertEmbed(at, value, { ...marks })
    case 'format': return doc.getText(root).format(at, count, { ...marks })
    case 'delete': return root === 'list' ? doc.getArray(root).delete(at, count) : doc.getText(root).delete(at, count)
    case 'push': return doc.getArray(root).insert(at, values)
    case 'set': return doc.getMap(root).set(key, value)
    case 'remove': return doc.getMap(root).delete(key)
  }
}

if (process.argv.length > 3) {
  const random = new Random(Number(process.argv[2]))
  for (let i = 1; i <= Number(process.argv[3]); i++) {
    const next = edit(random)
    make(next)
    console.log(JSON.stringify(next))
    if (i % STATE_EDITS === 0) console.log(JSON.stringify({ op: 'state', hex: hex(Y.encodeStateAsUpdate(doc)) }))
  }
} else {
  const { txns } = JSON.parse(gunzipSync(readFileSync(process.argv[2])))
  const text = doc.getText('text')
  for (const { patches } of txns) {
    doc.transact(() => {
      for (const [at, removed, inserted] of patches) {
        if (removed) text.delete(at, removed)
        if (inserted) text.insert(at, inserted)
      }
    })
  }
  console.log(hex(Y.encodeStateAsUpdate(doc)))
}
