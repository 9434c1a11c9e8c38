// Counts how often a committed set of cases exercises what is hard, by watching the real Yjs at work.
import * as Y from 'yjs'

export const counts = { kind: {}, sameOrigin: 0, scannedOrigin: 0, split: 0, surrogate: 0, pending: 0 }

const find = (store, id) => {
  const structs = store.clients.get(id.client)
  let low = 0
  for (let high = structs.length - 1; low < high;) {
    const middle = (low + high + 1) >>> 1
    if (structs[middle].id.clock <= id.clock) low = middle; else high = middle - 1
  }
  return structs[low]
}

/** Repeats the scan of an integration without changing anything. */
const scan = (store, item) => {
  if (!item.parent || item.parent.constructor === String) return
  if (!((!item.left && (!item.right || item.right.left !== null)) || (item.left && item.left.right !== item.right))) return
  let o
  if (item.left !== null) o = item.left.right
  else if (item.parentSub !== null) {
    o = item.parent._map.get(item.parentSub) || null
    while (o !== null && o.left !== null) o = o.left
  } else o = item.parent._start
  const scanned = new Set()
  for (; o !== null && o !== item.right; o = o.right) {
    scanned.add(o)
    const same = (item.origin === null && o.origin === null) || (item.origin !== null && o.origin !== null && Y.compareIDs(item.origin, o.origin))
    if (same) {
      counts.sameOrigin++
      if (o.id.client > item.id.client && Y.compareIDs(item.rightOrigin, o.rightOrigin)) return
    } else if (o.origin !== null && scanned.has(find(store, o.origin))) counts.scannedOrigin++
    else return
  }
}

export const countConflicts = () => {
  const integrate = Y.Item.prototype.integrate
  Y.Item.prototype.integrate = function (transaction, offset) {
    const kind = this.content.getRef()
    counts.kind[kind] = (counts.kind[kind] ?? 0) + 1
    if (offset === 0) scan(transaction.doc.store, this)
    return integrate.call(this, transaction, offset)
  }
  const gc = Y.GC.prototype.integrate
  Y.GC.prototype.integrate = function (transaction, offset) {
    counts.kind[0] = (counts.kind[0] ?? 0) + 1
    return gc.call(this, transaction, offset)
  }
  const splice = Y.ContentString.prototype.splice
  Y.ContentString.prototype.splice = function (offset) {
    counts.split++
    const unit = this.str.charCodeAt(offset - 1)
    if (unit >= 0xd800 && unit <= 0xdbff) counts.surrogate++
    return splice.call(this, offset)
  }
}
