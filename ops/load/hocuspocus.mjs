// Hocuspocus as its documentation sets it up: prints a line when it listens. `node hocuspocus.mjs PORT [REDIS_PORT DATABASE_URL]`:
// alone without a store; with Redis one of several nodes, which store documents in PostgreSQL.
import { Redis } from '@hocuspocus/extension-redis';
import { Server } from '@hocuspocus/server';
import pg from 'pg';
import * as Y from 'yjs';

const [port, redisPort, database] = process.argv.slice(2);
const extensions = [];
let hooks = {};

if (redisPort) {
  extensions.push(new Redis({ host: '127.0.0.1', port: Number(redisPort) }));
  const pool = new pg.Pool({ connectionString: database, max: 8 });
  await pool.query('CREATE TABLE IF NOT EXISTS stored (name text PRIMARY KEY, state bytea NOT NULL)').catch((failure) => {
    // Both nodes create it at the same moment.
    if (failure.code !== '23505') throw failure;
  });
  hooks = {
    async onLoadDocument({ documentName, document }) {
      const { rows } = await pool.query('SELECT state FROM stored WHERE name = $1', [documentName]);
      if (rows.length > 0) Y.applyUpdate(document, rows[0].state);
    },
    async onStoreDocument({ documentName, document }) {
      await pool.query('INSERT INTO stored VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET state = excluded.state', [
        documentName,
        Buffer.from(Y.encodeStateAsUpdate(document)),
      ]);
    },
  };
}

const server = new Server({ address: '127.0.0.1', port: Number(port), quiet: true, extensions, ...hooks });
await server.listen();
console.log('listening');
