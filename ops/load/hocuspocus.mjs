// Hocuspocus as its documentation sets it up, without a store: prints its port when it listens.
import { Server } from '@hocuspocus/server';

const server = new Server({ address: '127.0.0.1', port: Number(process.argv[2]), quiet: true });
await server.listen();
console.log('listening');
