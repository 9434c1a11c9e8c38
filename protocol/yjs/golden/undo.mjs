// Writes undo cases: one document with one or two undo managers of the real Yjs, edited at random here and by
// other documents, with undo and redo in between.
//
// A case is a line `case SEED GC CLIENT REACTS`, a line `manager SCOPE ORIGINS TIMEOUT OVERWRITES` for each manager, and a line
// for each step, `MILLISECONDS COMMAND ARGUMENTS = RESULTS`; it ends with `end`. The milliseconds pass before the step.
// - `edit ORIGIN EDITS`: local edits in one transaction, as an array in lib0's `any` (hexadecimal); see `make`.
// - `remote ORIGIN UPDATE`: an update of another document.
// - `undo M`, `redo M`, `stop M`, `clear M UNDO REDO`: what manager M does; `within ORIGIN M`: undo inside a transaction.
// - `scope M CLIENT CLOCK`: manager M gets the type of an item into its scope.
// - `position POSITION INDEX`: an encoded relative position, and the index that it has now; without results.
// In a case that REACTS, an observer of the root `text` sets an entry of the root `map`. An origin is a word, or `-` for none. The results are the first 32 bits of hashes of all update events of the step, of
// the state, and of the contents, and for each manager the sizes of its stacks.
// Run: npm ci && node undo.mjs SEED COUNT [FILE]   (FILE is compressed; without it, standard output)
import { clock } from './clock.mjs'
import * as Y from 'yjs'
import * as encoding from 'lib0/encoding'
import { gzipSync } from 'node:zlib'
import { writeFileSync, writeSync } from 'node:fs'
import { Random } from './random.mjs'
import { any, hash, hex } from './cases.mjs'
import { edit as editAnything, KEYS, listValue, MARKS, place, value, WORDS } from './history.mjs'

const ROOTS = ['text', 'rich', 'list', 'map', 'xml']
const TICKS = [0, 0, 10, 300, 499, 500, 501, 2000]
const counts = { edit: 0, remote: 0, undo: 0, undone: 0, redo: 0, redone: 0, stop: 0, clear: 0, within: 0, scope: 0, position: 0, copies: 0, thrown: 0 }

/** The bytes of a value as it is; `any` of the cases sorts keys. */
const raw = value => {
  const encoder = encoding.createEncoder()
  encoding.writeAny(encoder, value)
  return hex(encoding.toUint8Array(encoder))
}

const open = (clientID, gc) => {
  const doc = new Y.Doc({ gc })
  doc.clientID = clientID
  doc.getText('text'); doc.getText('rich'); doc.getArray('list'); doc.getMap('map'); doc.get('xml', Y.XmlFragment)
  return doc
}

const some = (random, length, most) => {
  const at = random.below(length)
  return { at, count: Math.min(length - at, 1 + random.below(most)) }
}

const marks = random => {
  const [key, mark] = random.of(MARKS)
  // A copy: Yjs compares nested objects by identity.
  return { [key]: structuredClone(mark) }
}

const nested = random => random.of([
  () => ({ kind: 'text', value: random.of(WORDS) }),
  () => ({ kind: 'map', value: { k: random.below(9) } }),
  () => ({ kind: 'array', value: [1, random.of(WORDS)] }),
  () => ({ kind: 'text', value: '' })
])()

/** A living type that Java can edit: a root, or one inside it. `on` is a root's name or the id of the type's item. */
const target = (random, doc) => {
  let on = random.of(['text', 'text', 'rich', 'rich', 'list', 'list', 'map', 'map'])
  let type = doc.share.get(on)
  while (random.chance(0.5)) {
    const items = []
    const add = item => { if (!item.deleted && [Y.Text, Y.Array, Y.Map].some(kind => item.content.type instanceof kind) && !(item.content.type instanceof Y.XmlHook)) items.push(item) }
    for (let item = type._start; item !== null; item = item.right) add(item)
    type._map.forEach(add)
    if (items.length === 0) break
    const item = random.of(items)
    type = item.content.type
    on = [item.id.client, item.id.clock]
  }
  return { on, type }
}

const editOf = (random, { on, type }) => {
  const { length } = type
  if (type instanceof Y.Map) {
    const key = random.of(KEYS)
    if (random.chance(0.25)) return { on, op: 'unset', key }
    return random.chance(0.3) ? { on, op: 'setType', key, type: nested(random) } : { on, op: 'set', key, value: value(random) }
  }
  if (length > 0 && random.chance(0.35)) return { on, op: 'delete', ...some(random, length, 6) }
  const at = place(random, length)
  if (type instanceof Y.Array) {
    if (random.chance(0.35)) return { on, op: 'addType', at, type: nested(random) }
    return { on, op: 'add', at, values: Array.from({ length: 1 + random.below(3) }, () => listValue(random)) }
  }
  if (on === 'text' || random.chance(0.4)) return { on, op: 'insert', at, text: random.of(WORDS) }
  switch (random.below(5)) {
    case 0: case 1: return length > 0 ? { on, op: 'format', ...some(random, length, 8), marks: marks(random) } : { on, op: 'insert', at, text: random.of(WORDS) }
    case 2: return { on, op: 'embed', at, value: random.of([{ e: 1 }, { image: 'y.png' }]), marks: random.chance(0.5) ? marks(random) : {} }
    case 3: return { on, op: 'embedType', at, type: nested(random) }
    default: return { on, op: 'insert', at, text: random.of(WORDS), marks: marks(random) }
  }
}

const typeOf = ({ kind, value }) => kind === 'text' ? new Y.Text(value) : kind === 'map' ? new Y.Map(Object.entries(value)) : Y.Array.from(value)

const make = (type, { op, at, text, count, marks, values, value, key, type: inner }) => {
  switch (op) {
    case 'insert': return marks ? type.insert(at, text, { ...marks }) : type.insert(at, text)
    case 'embed': return type.insertEmbed(at, value, { ...marks })
    case 'embedType': return type.insertEmbed(at, typeOf(inner), {})
    case 'format': return type.format(at, count, { ...marks })
    case 'delete': return type.delete(at, count)
    case 'add': return type.insert(at, values)
    case 'addType': return type.insert(at, [typeOf(inner)])
    case 'set': return type.set(key, value)
    case 'setType': return type.set(key, typeOf(inner))
    case 'unset': return type.delete(key)
  }
}

const managerOf = (random, doc, out) => {
  const scope = random.chance(0.2) ? ['*'] : random.chance(0.5) ? ROOTS : ROOTS.filter(() => random.chance(0.6))
  if (scope.length === 0) scope.push('rich')
  const origins = random.of([['-'], ['-'], ['-', 'mine'], ['mine', 'other']])
  const captureTimeout = random.of([500, 500, 0])
  const ignoreRemoteMapChanges = random.chance(0.2)
  out(`manager ${scope.join(',')} ${origins.join(',')} ${captureTimeout} ${ignoreRemoteMapChanges ? 1 : 0}`)
  return new Y.UndoManager(scope[0] === '*' ? doc : scope.map(name => doc.share.get(name)), {
    captureTimeout, ignoreRemoteMapChanges, trackedOrigins: new Set(origins.map(origin => origin === '-' ? null : origin))
  })
}

/** One case: `step` makes a step and returns its line without the results, or null if there was nothing to do. */
class Case {
  constructor (seed, out) {
    this.random = new Random(seed)
    this.out = out
    const { random } = this
    clock.now = 1_000_000
    const ids = random.shuffle([1, 2, 3 + random.below(1000), 2 ** 31 + random.below(2 ** 31)])
    const gc = random.chance(0.8)
    this.doc = open(ids[0], gc)
    this.reacts = random.chance(0.15)
    if (this.reacts) this.doc.getText('text').observe(() => this.doc.getMap('map').set('k', clock.now))
    out(`case ${seed} ${gc ? 1 : 0} ${ids[0]} ${this.reacts ? 1 : 0}`)
    this.managers = Array.from({ length: random.chance(0.2) ? 2 : 1 }, () => managerOf(random, this.doc, out))
    this.events = []
    this.doc.on('update', update => this.events.push(update))
    this.pool = []
    this.peers = ids.slice(1, 2 + random.below(3)).map(id => open(id, random.chance(0.8)))
    this.peers.forEach(peer => peer.on('update', (update, origin) => { if (origin !== 'in') this.pool.push(update) }))
    this.positions = []
    this.commands = []
  }

  origin () { return this.random.of(['-', '-', '-', 'mine', 'other']) }

  edit () {
    const origin = this.origin()
    const edits = []
    this.doc.transact(() => {
      for (let i = this.random.chance(0.6) ? 1 : 2 + this.random.below(3); i > 0; i--) {
        const found = target(this.random, this.doc)
        const next = editOf(this.random, found)
        edits.push(next)
        make(found.type, next)
      }
    }, origin === '-' ? null : origin)
    return `edit ${origin} ${raw(edits)}`
  }

  remote () {
    const { random } = this
    const peer = random.of(this.peers)
    if (random.chance(0.6)) Y.applyUpdate(peer, Y.encodeStateAsUpdate(this.doc, Y.encodeStateVector(peer)), 'in')
    for (let i = random.below(4); i > 0; i--) editAnything(random, peer, peer.getText('text'))
    const update = random.chance(0.7) || this.pool.length === 0 ? Y.encodeStateAsUpdate(peer, Y.encodeStateVector(this.doc)) : random.of(this.pool)
    const origin = random.of(['theirs', 'theirs', 'theirs', 'mine', '-'])
    Y.applyUpdate(this.doc, update, origin === '-' ? null : origin)
    return `remote ${origin} ${hex(update)}`
  }

  undoOrRedo (command) {
    const m = this.random.below(this.managers.length)
    if (!(command === 'undo' ? this.managers[m].canUndo() : this.managers[m].canRedo())) return null
    const done = this.managers[m][command]()
    if (done) counts[command === 'undo' ? 'undone' : 'redone']++
    return `${command} ${m}`
  }

  stop () {
    const m = this.random.below(this.managers.length)
    this.managers[m].stopCapturing()
    return `stop ${m}`
  }

  clear () {
    const m = this.random.below(this.managers.length)
    const stacks = [this.random.chance(0.5), this.random.chance(0.7)]
    this.managers[m].clear(...stacks)
    return `clear ${m} ${stacks.map(Number).join(' ')}`
  }

  within () {
    const m = this.random.below(this.managers.length)
    const origin = this.origin()
    this.doc.transact(() => { if (this.managers[m].undo()) counts.undone++ }, origin === '-' ? null : origin)
    return `within ${origin} ${m}`
  }

  scope () {
    const m = this.random.below(this.managers.length)
    const { on, type } = target(this.random, this.doc)
    if (!Array.isArray(on)) return null
    this.managers[m].addToScope(type)
    return `scope ${m} ${on.join(' ')}`
  }

  position () {
    const { random, positions, doc } = this
    if (positions.length < 3 || random.chance(0.3)) {
      const { type } = target(random, doc)
      if (type instanceof Y.Map) return null
      positions.push(Y.createRelativePositionFromTypeIndex(type, random.below(type.length + 1), random.chance(0.5) ? 0 : -1))
    }
    const position = random.of(positions)
    const absolute = Y.createAbsolutePositionFromRelativePosition(position, doc)
    return `position ${hex(Y.encodeRelativePosition(position))} ${absolute === null ? -1 : absolute.index}`
  }

  next () {
    if (this.commands.length > 0) return this.commands.pop()
    const dice = this.random.next()
    if (dice < 0.45) return 'edit'
    if (dice < 0.65) return 'remote'
    if (dice < 0.85) {
      for (let i = this.random.below(4); i > 0; i--) this.commands.push('redo')
      for (let i = this.random.below(4); i > 0; i--) this.commands.push('undo')
      return 'undo'
    }
    return dice < 0.9 ? 'redo' : dice < 0.93 ? 'stop' : dice < 0.94 ? 'clear' : dice < 0.95 ? 'within' : dice < 0.98 ? 'scope' : 'position'
  }

  results () {
    const { doc } = this
    const contents = any([doc.getText('text').toString(), doc.getText('rich').toDelta(), doc.getArray('list').toJSON(), doc.getMap('map').toJSON()])
    // In the update of a transaction Yjs repeats what its observers changed, which Java does not.
    const hashes = [this.reacts ? '-' : hash(...this.events), hash(Y.encodeStateAsUpdate(doc)), hash(Buffer.from(contents, 'hex'))]
    const sizes = this.managers.flatMap(manager => [manager.undoStack.length, manager.redoStack.length])
    return `${hashes.map(full => full.slice(0, 8)).join(' ')} ${sizes.join(' ')}`
  }

  /** Makes one step; returns false if Yjs fails: then the case ends before it. */
  step () {
    const command = this.next()
    const tick = this.random.of(TICKS)
    clock.now += tick
    this.events.length = 0
    let line
    try {
      line = command === 'undo' || command === 'redo' ? this.undoOrRedo(command) : this[command]()
    } catch (e) {
      if (!(e instanceof TypeError)) throw e
      counts.thrown++
      return false
    }
    if (line === null) {
      clock.now -= tick
    } else {
      counts[command]++
      this.out(`${tick} ${line}${command === 'position' ? '' : ` = ${this.results()}`}`)
    }
    return true
  }

  run (steps) {
    for (let i = 0; i < steps && this.step(); i++);
    for (const structs of this.doc.store.clients.values()) structs.forEach(item => { if (item.redone) counts.copies++ })
    this.out('end')
  }
}

const seed = Number(process.argv[2])
const count = Number(process.argv[3])
const file = process.argv[4]
if (!Number.isInteger(seed) || !Number.isInteger(count)) throw new Error('usage: node undo.mjs SEED COUNT [FILE]')
console.warn = () => {}
let text = ''
for (let i = 0; i < count; i++) {
  const next = new Case(seed * 1_000_003 + i, line => { text += line + '\n' })
  next.run(10 + next.random.below(file ? 25 : 60))
  if (!file && (text.length > 1 << 20 || i + 1 === count)) { writeAll(text); text = '' }
}
if (file) writeFileSync(file, gzipSync(text, { level: 9 }))
console.error(`${count} cases`, counts)

/** A pipe may take less than it is given, or nothing for a moment. */
function writeAll (text) {
  let bytes = Buffer.from(text)
  while (bytes.length > 0) {
    try { bytes = bytes.subarray(writeSync(1, bytes)) } catch (e) { if (e.code !== 'EAGAIN') throw e }
  }
}
