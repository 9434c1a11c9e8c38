// Measures one library on one trace; prints `name milliseconds`. Run by run.mjs, each in a process of its own.
// The same rules for all, also for Bench.java: one author id of 32 bits, as Yjs draws them; rounds until ROUNDS and
// SECONDS are reached (but not more than MOST_SECONDS), of which the first half warms up; the median of the rest.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const [library, file] = process.argv.slice(2)
const trace = JSON.parse(gunzipSync(readFileSync(file)))
const MERGED = 10_000

const AUTHOR = 2_863_311_530
const [ROUNDS, SECONDS, MOST_SECONDS] = [5, 3, 25]

const median = work => {
  const times = []
  const begin = performance.now()
  const passed = () => (performance.now() - begin) / 1000
  while ((times.length < ROUNDS || passed() < SECONDS) && passed() < MOST_SECONDS) {
    const start = performance.now()
    work()
    times.push(performance.now() - start)
  }
  const warm = times.slice(times.length >> 1).sort((a, b) => a - b)
  return warm[warm.length >> 1]
}

const report = (name, milliseconds) => console.log(`${name} ${milliseconds.toFixed(2)}`)

const yjs = async () => {
  const Y = await import('yjs')
  const edit = doc => {
    const text = doc.getText('text')
    for (const { patches } of trace.txns) {
      doc.transact(() => {
        for (const [at, removed, inserted] of patches) {
          if (removed) text.delete(at, removed)
          if (inserted) text.insert(at, inserted)
        }
      })
    }
    return doc
  }
  const make = author => { const doc = new Y.Doc(); doc.clientID = author; return doc }
  const updates = []
  const doc = make(AUTHOR)
  doc.on('update', update => updates.push(update))
  edit(doc)
  const state = Y.encodeStateAsUpdate(doc)
  report('local', median(() => { const fresh = make(AUTHOR); let bytes = 0; fresh.on('update', u => { bytes += u.length }); edit(fresh) }))
  report('apply', median(() => { const fresh = new Y.Doc(); for (const update of updates) Y.applyUpdate(fresh, update) }))
  report('load', median(() => Y.applyUpdate(new Y.Doc(), state)))
  report('encode', median(() => Y.encodeStateAsUpdate(doc)))
  report('merge', median(() => Y.mergeUpdates(updates.slice(0, MERGED))))
}

const ywasm = async () => {
  const { createRequire } = await import('node:module')
  const Y = createRequire(import.meta.url)('ywasm')
  const updates = []
  const edit = (doc, sink) => {
    const text = doc.getText('text')
    if (sink) doc.onUpdate(sink)
    for (const { patches } of trace.txns) {
      const txn = doc.beginTransaction(undefined)
      for (const [at, removed, inserted] of patches) {
        if (removed) text.delete(at, removed, txn)
        if (inserted) text.insert(at, inserted, undefined, txn)
      }
      txn.commit()
      txn.free()
    }
    return doc
  }
  const doc = edit(new Y.YDoc({ clientID: AUTHOR }), update => updates.push(update))
  const state = Y.encodeStateAsUpdate(doc)
  report('apply', median(() => { const fresh = new Y.YDoc(); for (const update of updates) Y.applyUpdate(fresh, update) }))
  report('load', median(() => { const fresh = new Y.YDoc(); Y.applyUpdate(fresh, state); fresh.free() }))
  report('encode', median(() => Y.encodeStateAsUpdate(doc)))
  report('local', median(() => { let bytes = 0; edit(new Y.YDoc({ clientID: AUTHOR }), update => { bytes += update.length }) }))
}

const diamond = async () => {
  const { createRequire } = await import('node:module')
  const { Doc } = createRequire(import.meta.url)('diamond-types-node')
  const edit = () => {
    const doc = new Doc('author')
    for (const { patches } of trace.txns) {
      for (const [at, removed, inserted] of patches) {
        if (removed) doc.del(at, removed)
        if (inserted) doc.ins(at, inserted)
      }
    }
    return doc
  }
  const doc = edit()
  const state = doc.toBytes()
  report('local', median(() => edit().free()))
  report('load', median(() => Doc.fromBytes(state).free()))
  report('encode', median(() => doc.toBytes()))
}

await { yjs, ywasm, diamond }[library]()
