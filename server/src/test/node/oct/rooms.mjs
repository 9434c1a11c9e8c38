// Unmodified clients of Open Collaboration Tools, driven by lines of JSON on stdin:
// `{"id":1,"command":"create","who":"ann",…}`. Each line is answered by one on stdout.
import { createInterface } from 'node:readline';
import { io } from 'socket.io-client';
import {
  BroadcastMessage,
  ConnectionProvider,
  Encoding,
  SocketIoTransport,
  SocketIoTransportProvider,
  initializeProtocol,
} from 'open-collaboration-protocol';
import * as protocol030 from 'open-collaboration-protocol-0.3.0';
import { OpenCollaborationYjsProvider } from 'open-collaboration-yjs';
import * as Y from 'yjs';
import { Awareness } from 'y-protocols/awareness';

initializeProtocol({ cryptoModule: globalThis.crypto });
protocol030.initializeProtocol({ cryptoModule: globalThis.crypto });

const WORKSPACE = { name: 'demo', folders: ['demo'] };
const people = new Map();

/** The stock transport without its upgrade to a WebSocket, as behind a proxy that refuses it. */
const POLLING = {
  id: 'socket.io',
  createTransport: (url, headers) =>
    new SocketIoTransport(
      io(url, { path: `${new URL(url).pathname}/socket.io`, extraHeaders: headers, upgrade: false }),
    ),
};

class Person {
  doc = new Y.Doc();
  awareness = new Awareness(this.doc);
  /** What the connection reported, by name. */
  events = [];
  guests = new Map();
  reports = [];

  /** @param isOld as Theia 1.74: protocol 0.3.0, whose connection is at the root of the server */
  constructor({ url, token, isPolling, isOld }) {
    const Provider = isOld ? protocol030.ConnectionProvider : ConnectionProvider;
    const transport = isOld ? protocol030.SocketIoTransportProvider : SocketIoTransportProvider;
    this.provider = new Provider({
      url,
      client: 'qide-test',
      fetch,
      transports: [isPolling ? POLLING : transport],
      authenticationHandler: (login, metadata) => this.logIn(url, login, metadata, token),
    });
  }

  /** As VS Code does: the fields of a form, in JSON. */
  async logIn(url, login, metadata, token) {
    const form = metadata.providers.find((one) => one.type === 'form');
    const response = await fetch(`${url}/${form.endpoint}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token: login, [form.fields[0].name]: token }),
    });
    if (!response.ok) {
      this.events.push(`login ${response.status}`);
    }
    return response.ok;
  }

  async create() {
    const room = await this.provider.createRoom({});
    this.room = room.roomId;
    this.connection = await this.provider.connect(room.roomToken);
    this.accepts = true;
    this.connection.peer.onJoinRequest(async (_, user) => {
      this.events.push(`asked ${user.name}`);
      await this.decision;
      return this.accepts ? { workspace: WORKSPACE } : undefined;
    });
    this.connection.fs.onReadFile((_, path) => ({ content: new TextEncoder().encode(`file ${path}`) }));
    this.listen();
    await this.known();
    this.yjs.connect();
    return room.roomId;
  }

  async join(room) {
    const joined = await this.provider.joinRoom({
      roomId: room,
      reporter: (info) => this.reports.push(info.code),
    });
    this.host = joined.host;
    this.connection = await this.provider.connect(joined.roomToken, joined.host);
    const begun = new Promise((resolve) => this.connection.peer.onInit(() => resolve()));
    this.listen();
    await begun;
    this.yjs.connect();
    return joined.workspace;
  }

  listen() {
    const connection = this.connection;
    this.socket = connection.options.transport.socket;
    this.yjs = new OpenCollaborationYjsProvider(connection, this.doc, this.awareness);
    connection.room.onJoin((_, peer) => {
      this.events.push(`joined ${peer.name}`);
      if (this.me) {
        void connection.peer.init(peer.id, {
          protocol: '0.3.1',
          host: this.me,
          guests: [...this.guests.values()],
          capabilities: {},
          permissions: { readonly: false },
          workspace: WORKSPACE,
        });
      }
      this.guests.set(peer.id, peer);
    });
    connection.room.onLeave((_, peer) => {
      this.events.push(`left ${peer.name}`);
      this.guests.delete(peer.id);
    });
    connection.room.onClose(() => this.events.push('closed'));
    connection.onError((message) => this.events.push(`error ${message}`));
    connection.onReconnect(() => {
      this.events.push('reconnected');
      this.yjs.connect();
    });
    // Protocol 0.3.0 has no chat.
    connection.chat?.onMessage((_, message) => {
      this.received = (this.received ?? 0) + message.length;
    });
    this.socket.on('disconnect', (reason) => this.events.push(`disconnected ${reason}`));
  }

  /** The host learns who it is. */
  known() {
    return new Promise((resolve) =>
      this.connection.peer.onInfo((_, peer) => {
        this.me = peer;
        resolve();
      }),
    );
  }

  text() {
    return this.doc.getText('main.py').toString();
  }
}

const person = (who) => {
  const found = people.get(who);
  if (!found) throw new Error(`nobody is ${who}`);
  return found;
};

/** The socket of a connection that has become a WebSocket, as it does by itself after a while. */
async function webSocketOf(who) {
  const { engine } = person(who).socket.io;
  for (let tries = 0; !engine.transport.ws && tries < 3_000; tries++) await new Promise((next) => setTimeout(next, 10));
  return engine.transport.ws._socket;
}

const commands = {
  async create({ who, ...settings }) {
    people.set(who, new Person(settings));
    return person(who).create();
  },
  async join({ who, room, ...settings }) {
    people.set(who, new Person(settings));
    return person(who).join(room);
  },
  /** Joins, and reports it as an event. */
  ask({ who, room, ...settings }) {
    people.set(who, new Person(settings));
    const asker = person(who);
    asker.join(room).then(
      (workspace) => asker.events.push(`entered ${workspace.name}`),
      (failure) => asker.events.push(`not entered: ${failure.message}`),
    );
  },
  /** Requests to join wait until the host has decided. */
  hesitate({ who }) {
    const host = person(who);
    host.decision = new Promise((resolve) => (host.decide = resolve));
  },
  decide: ({ who }) => person(who).decide(),
  refuse: ({ who }) => void (person(who).accepts = false),
  type({ who, text }) {
    const shared = person(who).doc.getText('main.py');
    shared.insert(shared.length, text);
  },
  text: ({ who }) => person(who).text(),
  events: ({ who }) => person(who).events,
  reports: ({ who }) => person(who).reports,
  namespace: ({ who }) => person(who).socket.nsp,
  transport: ({ who }) => person(who).socket.io.engine.transport.name,
  async read({ who, path }) {
    const file = await person(who).connection.fs.readFile(person(who).host.id, path);
    return new TextDecoder().decode(file.content);
  },
  /** Answers how many messages were sent before the connection was lost. */
  async say({ who, characters, times }) {
    // Random, since messages are compressed.
    const message = Array.from({ length: characters }, () => String.fromCharCode(33 + Math.random() * 90)).join('');
    for (let sent = 0; sent < times; sent++) {
      try {
        await person(who).connection.chat.sendMessage(message);
      } catch {
        return sent;
      }
    }
    return times;
  },
  /** Many messages at once; those that are left when the connection is lost are not sent. */
  async flood({ who, times }) {
    await Promise.allSettled(Array.from({ length: times }, () => person(who).connection.chat.sendMessage('x')));
  },
  received: ({ who }) => person(who).received ?? 0,
  /** A message that is not encrypted, and one that is no message. */
  async misbehave({ who }) {
    const { transport } = person(who).connection.options;
    await transport.write(new Uint8Array([0xc1]));
    await transport.write(Encoding.encode(BroadcastMessage.create('chat/message', '', ['in clear'])));
  },
  /** The connection is lost, and comes back by itself. */
  cut: async ({ who }) => void (await webSocketOf(who)).destroy(),
  /** The editor stops reading. */
  pause: async ({ who }) => void (await webSocketOf(who)).pause(),
  leave: ({ who }) => person(who).connection.room.leave(),
};

// The client drops what it cannot send while it has no connection, and nobody waits for that.
process.on('unhandledRejection', (reason) => console.error('not sent', reason));

createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const { id, command, ...words } = JSON.parse(line);
    let reply;
    try {
      reply = { id, answer: (await commands[command](words)) ?? null };
    } catch (failure) {
      reply = { id, failure: `${failure?.message ?? failure}` };
    }
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  })
  .on('close', () => process.exit(0));
