// The network between one client and the server, as a TCP relay: it can be cut, blocked, stalled, or
// left half-dead (everything swallowed and nobody told).
import net from 'node:net';

export class Line {
  #pairs = new Set();
  #server;
  #isBlocked = false;

  /** @param target where the server listens: `{host, port}` */
  static async to(target) {
    const line = new Line();
    line.#server = net.createServer({ noDelay: true }, (client) => line.#join(client, target));
    await new Promise((listening) => line.#server.listen(0, '127.0.0.1', listening));
    line.port = line.#server.address().port;
    return line;
  }

  /** Both ends see a reset. */
  cut() {
    for (const pair of this.#pairs) end(pair.client), end(pair.server);
  }

  get isHalfDead() {
    return [...this.#pairs].some((pair) => pair.isDead && !pair.client.destroyed);
  }

  /** From now on nothing passes on the present connections, and neither end is told. */
  halfDie() {
    for (const pair of this.#pairs) pair.isDead = true;
  }

  /** The client learns that its half-dead connection is lost; the server does not. */
  tellClient() {
    for (const pair of this.#pairs) if (pair.isDead) end(pair.client);
  }

  /** The server learns that half-dead connections are lost. */
  tellServer() {
    for (const pair of this.#pairs) if (pair.isDead) end(pair.server);
  }

  /** No network at all. */
  block() {
    this.#isBlocked = true;
    this.cut();
  }

  unblock() {
    this.#isBlocked = false;
  }

  /** The client's end takes nothing more from the server. */
  stall() {
    for (const pair of this.#pairs) pair.server.pause();
  }

  flow() {
    for (const pair of this.#pairs) if (!pair.isDead) pair.server.resume();
  }

  close() {
    this.#server.close();
    this.cut();
  }

  #join(client, target) {
    if (this.#isBlocked) {
      end(client);
      return;
    }
    const pair = { client, server: net.connect({ ...target, noDelay: true }), isDead: false };
    this.#pairs.add(pair);
    relay(pair, client, pair.server);
    relay(pair, pair.server, client);
    const left = () => {
      if (client.destroyed && pair.server.destroyed) this.#pairs.delete(pair);
    };
    client.on('close', left);
    pair.server.on('close', left);
  }
}

function relay(pair, from, to) {
  from.on('data', (bytes) => {
    if (pair.isDead || to.destroyed) return;
    if (!to.write(bytes)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
  });
  from.on('error', () => {});
  from.on('close', () => {
    if (!pair.isDead) to.destroy();
  });
}

function end(socket) {
  if (!socket.destroyed) socket.resetAndDestroy();
}
