// A TCP proxy between one client and the server that can cut, block or stall connections, or leave
// them half-open (all data is discarded and neither end is notified).
import net from 'node:net';

export class TcpProxy {
  #pairs = new Set();
  #server;
  #isBlocked = false;

  /** @param target the server's address: `{host, port}` */
  static async to(target) {
    const proxy = new TcpProxy();
    proxy.#server = net.createServer({ noDelay: true }, (client) => proxy.#join(client, target));
    await new Promise((listening) => proxy.#server.listen(0, '127.0.0.1', listening));
    proxy.port = proxy.#server.address().port;
    return proxy;
  }

  /** Resets both ends. */
  cut() {
    for (const pair of this.#pairs) end(pair.client), end(pair.server);
  }

  get isHalfOpen() {
    return [...this.#pairs].some((pair) => pair.isDead && !pair.client.destroyed);
  }

  /** Discards all further data of the current connections without notifying either end. */
  halfClose() {
    for (const pair of this.#pairs) pair.isDead = true;
  }

  /** Closes half-open connections on the client's end only. */
  resetClient() {
    for (const pair of this.#pairs) if (pair.isDead) end(pair.client);
  }

  /** Closes half-open connections on the server's end. */
  resetServer() {
    for (const pair of this.#pairs) if (pair.isDead) end(pair.server);
  }

  /** Refuses all connections. */
  block() {
    this.#isBlocked = true;
    this.cut();
  }

  unblock() {
    this.#isBlocked = false;
  }

  /** Stops reading from the server. */
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
