// A TCP proxy that counts what a server sends, and can be as slow as a line of so many megabits a second.
import { connect, createServer } from 'node:net';

const BITS = 8;
/** How much of one connection may wait for the line. */
const WAITING_BYTES = 256 * 1024;

/**
 * @param port of the server on this machine
 * @param megabits of the line in each direction, for all connections together; null for no limit
 * @param latency of each direction in milliseconds
 */
export async function openLine(port, { megabits = null, latency = 0 } = {}) {
  let bytes = 0;
  const sockets = new Set();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    pass(upstream, client, down, (count) => (bytes += count));
    pass(client, upstream, up, () => {});
  });
  const [down, up] = [direction(megabits, latency), direction(megabits, latency)];
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    /** What was received since the last call. */
    taken() {
      const count = bytes;
      bytes = 0;
      return count;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** One direction of the line: when a piece arrives whose predecessors are still on their way. */
function direction(megabits, latency) {
  let free = 0;
  return (count) => {
    const now = performance.now();
    free = Math.max(now, free) + (megabits === null ? 0 : (count * BITS) / (megabits * 1_000));
    return free - now + latency;
  };
}

/** Runs actions in the order in which they are given, each when its delay is over. Timers alone, in whole milliseconds, change the order. */
function inOrder() {
  const actions = [];
  let isWaiting = false;
  const wait = () => {
    isWaiting = true;
    setTimeout(runDue, Math.ceil(actions[0].due - performance.now()));
  };
  const runDue = () => {
    isWaiting = false;
    while (actions.length > 0 && actions[0].due <= performance.now()) actions.shift().run();
    if (actions.length > 0) wait();
  };
  return (delay, run) => {
    actions.push({ due: performance.now() + delay, run });
    if (!isWaiting) wait();
  };
}

function pass(from, to, delayOf, counted) {
  const later = inOrder();
  let waiting = 0;
  from.on('data', (data) => {
    counted(data.length);
    const delay = delayOf(data.length);
    if (delay <= 0) {
      if (!to.write(data)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
      return;
    }
    waiting += data.length;
    if (waiting > WAITING_BYTES) from.pause();
    later(delay, () => {
      waiting -= data.length;
      to.write(data);
      if (waiting <= WAITING_BYTES) from.resume();
    });
  });
  from.on('end', () => later(delayOf(0), () => to.end()));
  from.on('close', () => later(delayOf(0) + 50, () => to.destroy()));
}
