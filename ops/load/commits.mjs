// What one bare commit costs on the PostgreSQL beside a server: rows of 100 bytes, one an insert, one
// at a time, over one connection.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ofSamples } from './figures.mjs';

const ROW = Buffer.alloc(100, 'x');
const WARM_COMMITS = 200;
const COMMITS_MAX = 100_000;

export class Commits {
  #client;

  /** @param postgres the directory in which the server keeps its PostgreSQL */
  static async connect(postgres) {
    const read = (name) => readFileSync(join(postgres, name), 'utf8');
    const commits = new Commits();
    commits.#client = new pg.Client({
      host: '127.0.0.1',
      port: Number(read('cluster/postmaster.pid').split('\n')[3]),
      user: 'postgres',
      database: 'postgres',
      password: read('superuser-password').trim(),
    });
    commits.#client.on('error', () => {}); // the server was stopped: the next query says so
    await commits.#client.connect();
    await commits.#client.query('CREATE TABLE IF NOT EXISTS bare_commits (data bytea NOT NULL)');
    for (let i = 0; i < WARM_COMMITS; i++) await commits.#one();
    return commits;
  }

  /** One commit after the other; returns their times in milliseconds. */
  async backToBack(seconds) {
    const times = [];
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end && times.length < COMMITS_MAX) times.push(await this.#one());
    return times;
  }

  /** Commits now and then until stopped, to measure the cost of a commit while the server works. */
  nowAndThen(perSecond) {
    const times = [];
    let isOver = false;
    const done = (async () => {
      while (!isOver && times.length < COMMITS_MAX) {
        times.push(await this.#one());
        await sleep(1000 / perSecond);
      }
    })();
    return async () => {
      isOver = true;
      await done;
      return times;
    };
  }

  close() {
    return this.#client.end();
  }

  async #one() {
    const begunAt = performance.now();
    await this.#client.query({
      name: 'insert',
      text: 'INSERT INTO bare_commits (data) VALUES ($1)',
      values: [ROW],
    });
    return performance.now() - begunAt;
  }
}

export const ofCommits = (times) => ofSamples(Float32Array.from(times));
