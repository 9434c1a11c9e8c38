// Makes a history: 2 to 5 clients edit every kind of shared type at random, see each other's updates
// late, in part, twice and out of order. The result is the list of all updates in the order of making.
import * as Y from 'yjs'
import * as encoding from 'lib0/encoding'
import { Random } from './random.mjs'

export const WORDS = ['a', 'bc', 'hello ', 'é', 'ß∂', '😀', '𝒳y', 'x👩‍👩‍👧z', '日本', '\n', 'the quick brown fox ', '0']
export const KEYS = ['k', 'title', 'é', '😀', '7']
export const MARKS = [['bold', true], ['bold', null], ['italic', true], ['italic', null], ['color', 'red'], ['color', '😀'], ['link', { href: 'u' }], ['link', { a: { b: 1 } }], ['size', 12], ['size', 0]]

export const value = (random, depth = 0) => {
  const pick = random.below(depth > 2 ? 15 : 18)
  switch (pick) {
    case 0: return undefined
    case 1: return null
    case 2: return true
    case 3: return false
    case 4: return -0
    case 5: return random.below(100) - 50
    case 6: return random.below(2) ? 0x7fffffff : -0x80000000
    case 7: return random.next() * 1000
    case 8: return random.of([0.5, -1.25, Infinity, -Infinity, 2 ** 40, 1e300, NaN])
    case 9: return BigInt(random.below(1000)) * (random.chance(0.5) ? -1n : 9007199254740993n)
    case 10: case 11: case 12: return random.of(WORDS)
    case 13: return Uint8Array.from({ length: random.below(4) }, () => random.below(256))
    case 14: return 2 ** random.below(50)
    case 15: return Array.from({ length: random.below(3) }, () => value(random, depth + 1))
    default: {
      const object = {}
      for (let i = random.below(3); i >= 0; i--) object[random.of(KEYS)] = value(random, depth + 1)
      return object
    }
  }
}

/** Yjs takes neither undefined nor a bigint as an array's own element, only inside one. */
export const listValue = (random) => {
  const made = value(random)
  return made === undefined || typeof made === 'bigint' ? [made] : made
}

const json = (random) => random.of([1, 'x', true, null, { image: 'y.png' }, { a: [1, { b: '😀' }] }, [], -1.5])

const nested = (random) => {
  switch (random.below(4)) {
    case 0: return new Y.Text(random.of(WORDS))
    case 1: { const map = new Y.Map(); map.set('k', random.below(9)); return map }
    case 2: return Y.Array.from([1, random.of(WORDS)])
    default: return new Y.Text()
  }
}

const element = (random) => random.chance(0.5) ? new Y.XmlText(random.of(WORDS)) : random.chance(0.1) ? new Y.XmlHook('hook') : new Y.XmlElement(random.of(['p', 'div', 'é']))

const subdocument = (random) => new Y.Doc({ guid: 'guid-' + random.below(1e6), ...(random.chance(0.3) ? { autoLoad: true } : {}), ...(random.chance(0.3) ? { gc: false } : {}), ...(random.chance(0.3) ? { meta: { m: 1 } } : {}) })

const within = (random, length) => random.chance(0.2) ? length : random.chance(0.2) ? 0 : random.below(length + 1)

/** Inserting at a few fixed places makes the conflicts that YATA has to order. */
export const place = (random, length) => random.chance(0.3) ? Math.min(length, random.below(3)) : within(random, length)

const editText = (random, text) => {
  const length = text.length
  if (random.chance(0.3) && length > 0) {
    const at = random.below(length)
    text.delete(at, Math.min(length - at, 1 + random.below(5)))
  } else {
    text.insert(place(random, length), random.of(WORDS))
  }
}

const editRich = (random, text) => {
  const length = text.length
  switch (random.below(9)) {
    case 0: case 1: {
      if (length === 0) return
      const at = random.below(length)
      const count = Math.min(length - at, 1 + random.below(8))
      const [key, mark] = random.of(MARKS)
      text.format(at, count, { [key]: mark })
      break
    }
    case 2: text.insertEmbed(place(random, length), random.chance(0.7) ? json(random) ?? { e: 1 } : nested(random), random.chance(0.5) ? { bold: true } : {}); break
    case 3: { const [key, mark] = random.of(MARKS); text.insert(place(random, length), random.of(WORDS), { [key]: mark }); break }
    case 4: {
      if (length === 0) return
      const at = random.below(length)
      text.applyDelta([...(at > 0 ? [{ retain: at }] : []), { insert: random.of(WORDS), attributes: { italic: true } }, { retain: Math.min(2, length - at), attributes: { bold: true } }, { delete: 1 }])
      break
    }
    case 5: if (text.setAttribute && random.chance(0.3)) { text.setAttribute(random.of(KEYS), random.of(WORDS)); break }
    // falls through
    default: editText(random, text)
  }
}

const editList = (random, list) => {
  const length = list.length
  switch (random.below(6)) {
    case 0: case 1: {
      if (length === 0) return
      const at = random.below(length)
      list.delete(at, Math.min(length - at, 1 + random.below(3)))
      break
    }
    case 2: list.insert(place(random, length), [random.chance(0.15) ? subdocument(random) : nested(random)]); break
    default: list.insert(place(random, length), Array.from({ length: 1 + random.below(3) }, () => listValue(random)))
  }
}

const editMap = (random, map) => {
  const key = random.of(KEYS)
  switch (random.below(6)) {
    case 0: map.delete(key); break
    case 1: map.set(key, random.chance(0.15) ? subdocument(random) : nested(random)); break
    default: map.set(key, value(random))
  }
}

const editXml = (random, xml) => {
  const length = xml.length
  if (random.chance(0.3) && xml.setAttribute) { xml.setAttribute(random.of(KEYS), random.of(WORDS)); return }
  if (random.chance(0.3) && length > 0) { xml.delete(random.below(length), 1); return }
  xml.insert(place(random, length), [element(random)])
}

/** A random living type: a root, or one found on a random walk down from it. */
const target = (random, doc) => {
  let type = random.of([() => doc.getText('text'), () => doc.getText('text'), () => doc.getText('rich'), () => doc.getText('rich'), () => doc.getArray('list'), () => doc.getMap('map'), () => doc.get('xml', Y.XmlFragment)])()
  while (random.chance(0.5)) {
    const children = []
    for (let item = type._start; item !== null; item = item.right) if (!item.deleted && item.content.type) children.push(item.content.type)
    type._map.forEach(item => { if (!item.deleted && item.content.type) children.push(item.content.type) })
    if (children.length === 0) break
    type = random.of(children)
  }
  return type
}

export const edit = (random, doc, plain) => {
  const type = target(random, doc)
  if (type instanceof Y.XmlHook || type instanceof Y.Map) editMap(random, type)
  else if (type === plain) editText(random, type)
  else if (type instanceof Y.Text) editRich(random, type)
  else if (type instanceof Y.Array) editList(random, type)
  else editXml(random, type)
}

/** Yjs itself no longer makes JSON content (kind 2), but reads and keeps it: written by hand. */
const jsonUpdate = (random, client, clock) => {
  const encoder = encoding.createEncoder()
  const write = n => encoding.writeVarUint(encoder, n)
  write(1); write(1); write(client); write(clock)
  if (clock === 0) {
    encoding.writeUint8(encoder, 2); write(1); encoding.writeVarString(encoder, 'list')
  } else {
    encoding.writeUint8(encoder, 2 | 128); write(client); write(random.below(clock))
  }
  const count = 1 + random.below(4)
  write(count)
  for (let i = 0; i < count; i++) encoding.writeVarString(encoder, random.chance(0.2) ? 'undefined' : JSON.stringify(json(random)))
  write(0)
  return { update: encoding.toUint8Array(encoder), count }
}

const clientId = (random, i) => random.chance(0.1) ? 2 ** 32 + random.below(2 ** 20) * 1000 + i : random.chance(0.5) ? i + 1 : random.below(2 ** 32 - 8) + i

/** @returns {{ updates: Uint8Array[], v2: Map<Uint8Array, Uint8Array>, random: Random }} `v2` has each update as its document wrote it in format v2 */
export const makeHistory = (seed, { steps = 30 } = {}) => {
  const random = new Random(seed)
  const updates = []
  const v2 = new Map()
  const ids = new Set()
  const docs = Array.from({ length: 2 + random.below(4) }, (_, i) => {
    const doc = new Y.Doc({ gc: random.chance(0.8) })
    do { doc.clientID = clientId(random, i) } while (ids.has(doc.clientID))
    ids.add(doc.clientID)
    doc.getText('text'); doc.getText('rich'); doc.getArray('list'); doc.getMap('map'); doc.get('xml', Y.XmlFragment)
    doc.on('update', (update, origin) => { if (origin !== 'remote') updates.push(update) })
    doc.on('updateV2', (update, origin) => { if (origin !== 'remote') v2.set(updates.at(-1), update) })
    return doc
  })
  let jsonClock = 0
  const jsonClient = 77_000_000 + random.below(1000)
  const count = 4 + random.below(steps)
  for (let step = 0; step < count; step++) {
    const doc = random.of(docs)
    const plain = doc.getText('text')
    const dice = random.next()
    if (dice < 0.55) {
      edit(random, doc, plain)
    } else if (dice < 0.7) {
      doc.transact(() => { for (let i = 1 + random.below(4); i > 0; i--) edit(random, doc, plain) })
    } else if (dice < 0.75) {
      const made = jsonUpdate(random, jsonClient, jsonClock)
      jsonClock += made.count
      updates.push(made.update)
      v2.set(made.update, Y.convertUpdateFormatV1ToV2(made.update))
      Y.applyUpdate(doc, made.update, 'remote')
    } else if (dice < 0.9 && updates.length > 0) {
      for (let i = 1 + random.below(5); i > 0; i--) Y.applyUpdate(doc, random.of(updates), 'remote')
    } else {
      const other = random.of(docs)
      const known = Y.encodeStateVector(doc)
      const state = Y.encodeStateAsUpdate(other, known)
      v2.set(state, Y.encodeStateAsUpdateV2(other, known))
      Y.applyUpdate(doc, state, 'remote')
      // A state carries what was collected, which no edit does.
      if (random.chance(0.3)) updates.push(state)
    }
  }
  return { updates, v2, docs, random }
}
