// Measures one library on one trace; prints `name milliseconds cpu-milliseconds`. Run by run.mjs, each in a process of its own.
// The same rules for all, also for Bench.java: one author id of 32 bits, as Yjs draws them; rounds until the process
// has used SECONDS of CPU in at least ROUNDS (but not more than MOST_SECONDS); the first half of the rounds warms up; of
// the second, the median of the time that passed, and the mean of the CPU that the process used, collector and compiler
// included: on a busy machine only the second means something.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const [library, file] = process.argv.slice(2)
const trace = JSON.parse(gunzipSync(readFileSync(file)))
const MERGED = 10_000

const AUTHOR = 2_863_311_530
const [ROUNDS, SECONDS, MOST_SECONDS] = [5, 8, 20]

const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000 }

const report = (name, work) => {
  const times = []
  const before = []
  const begin = cpu()
  const used = () => (cpu() - begin) / 1000
  while ((times.length < ROUNDS || used() < SECONDS) && used() < MOST_SECONDS) {
    before.push(cpu())
    const start = performance.now()
    work()
    times.push(performance.now() - start)
  }
  const half = times.length >> 1
  const mean = (cpu() - before[half]) / (times.length - half)
  const warm = times.slice(half).sort((a, b) => a - b)
  console.log(`${name} ${warm[warm.length >> 1].toFixed(3)} ${mean.toFixed(3)}`)
}

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
  report('local', () => { const fresh = make(AUTHOR); let bytes = 0; fresh.on('update', u => { bytes += u.length }); edit(fresh) })
  report('apply', () => { const fresh = new Y.Doc(); for (const update of updates) Y.applyUpdate(fresh, update) })
  report('load', () => Y.applyUpdate(new Y.Doc(), state))
  report('encode', () => Y.encodeStateAsUpdate(doc))
  report('merge', () => Y.mergeUpdates(updates.slice(0, MERGED)))
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
  report('apply', () => { const fresh = new Y.YDoc(); for (const update of updates) Y.applyUpdate(fresh, update) })
  report('load', () => { const fresh = new Y.YDoc(); Y.applyUpdate(fresh, state); fresh.free() })
  report('encode', () => Y.encodeStateAsUpdate(doc))
  report('local', () => { let bytes = 0; edit(new Y.YDoc({ clientID: AUTHOR }), update => { bytes += update.length }) })
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
  report('local', () => edit().free())
  report('load', () => Doc.fromBytes(state).free())
  report('encode', () => doc.toBytes())
}

await { yjs, ywasm, diamond }[library]()
