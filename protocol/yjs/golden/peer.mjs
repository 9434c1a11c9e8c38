// A Yjs document that is edited and synced line by line: `edit` makes a random edit, `message HEX` takes a
// sync message; both answer with the messages to send and then `done`. `state` shows what there is.
import * as Y from 'yjs'
import * as sync from 'y-protocols/sync'
import * as encoding from 'lib0/encoding'
import * as decoding from 'lib0/decoding'
import { createInterface } from 'node:readline'
import { Random } from './random.mjs'
import { edit, WORDS } from './history.mjs'

// Without surrogate pairs: a mark that begins inside one spoils it in one replica only (yjs/yjs#248).
WORDS.splice(0, WORDS.length, ...WORDS.filter(word => !/[\ud800-\udfff]/.test(word)))

const random = new Random(Number(process.argv[2]))
const doc = new Y.Doc()
doc.clientID = 4_000_000_007
const text = doc.getText('text')
doc.getText('rich'); doc.getArray('list'); doc.getMap('map'); doc.get('xml', Y.XmlFragment)

const hex = bytes => Buffer.from(bytes).toString('hex')
const lines = []

doc.on('update', (update, origin) => {
  if (origin === 'peer') return
  const encoder = encoding.createEncoder()
  sync.writeUpdate(encoder, update)
  lines.push(hex(encoding.toUint8Array(encoder)))
})

const receive = message => {
  const encoder = encoding.createEncoder()
  const kind = sync.readSyncMessage(decoding.createDecoder(message), encoder, doc, 'peer')
  if (encoding.length(encoder) > 0) lines.push(hex(encoding.toUint8Array(encoder)))
  if (kind === sync.messageYjsSyncStep1) {
    const own = encoding.createEncoder()
    sync.writeSyncStep1(own, doc)
    lines.push(hex(encoding.toUint8Array(own)))
  }
}

console.warn = () => {}
createInterface({ input: process.stdin }).on('line', line => {
  const [command, argument] = line.split(' ')
  if (command === 'state') {
    process.stdout.write(`${hex(Y.encodeStateVector(doc))} ${hex(Buffer.from(text.toString()))} ${hex(Y.encodeStateAsUpdate(doc))}\n`)
    return
  }
  lines.length = 0
  if (command === 'edit') edit(random, doc, text)
  else receive(Buffer.from(argument, 'hex'))
  process.stdout.write(lines.map(l => l + '\n').join('') + 'done\n')
})
