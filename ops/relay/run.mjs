// `node run.mjs`: the time that a relay adds to an answer, and what a 5 MB answer does to somebody else. See README.md.
import { spawn } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { SocketLine, StdioLine } from './lines.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PROGRAMS = {
  json: here('node_modules/vscode-langservers-extracted/bin/vscode-json-language-server'),
  css: here('node_modules/vscode-langservers-extracted/bin/vscode-css-language-server'),
};
const HELP = `usage: node run.mjs [options]
  --hovers 400    of each way in each round, one after the other
  --rounds 12     how often the ways take turns
  --warm-up 6     seconds of each way, not counted: a Java server compiles what it runs often
  --large 20      answers of 5 MB, for each way
  --completions 10  of each size and way in each of four rounds; 0 for none
  --only-completions  nothing else
  --qide PROGRAM  another build's ./qide`;
const START_WITHIN_MS = 180_000;
const KEYS_OF_THE_LARGE = 25_000;

/** Custom properties of a style sheet, all of which a completion offers: about 0.5, 1, 2 and 5 MB of answer. */
const PROPERTIES_OFFERED = [1_550, 3_100, 6_200, 15_500];
const COMPLETION_ROUNDS = 4;

const SCHEMA = {
  type: 'object',
  properties: { name: { type: 'string', description: 'What it is called, in a sentence or two that somebody wants to read.' } },
};
const SMALL = `{\n  "name": "a thing",\n  "$schema": "./schema.json"\n}\n`;
const STYLE = `a.button {\n  color: red;\n}\n`;

const say = (sentence) => process.stderr.write(`${sentence}\n`);
const children = new Set();

function options() {
  const text = (value) => ({ type: 'string', default: value });
  const { values } = parseArgs({
    options: { hovers: text('400'), rounds: text('12'), 'warm-up': text('6'), large: text('20'), completions: text('10'), 'only-completions': { type: 'boolean' }, qide: text(here('../../qide')), help: { type: 'boolean' } },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const number = (name, least, most) => {
    const value = Number(values[name]);
    if (!(Number.isInteger(value) && value >= least && value <= most)) throw new Error(`--${name} is from ${least} to ${most}`);
    return value;
  };
  return { hovers: number('hovers', 10, 10_000), rounds: number('rounds', 1, 100), warmUp: number('warm-up', 0, 60), large: number('large', 1, 200), completions: number('completions', 0, 200), onlyCompletions: values['only-completions'] ?? false, qide: values.qide };
}

function start(program, args, pattern) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${program} did not start in time`)), START_WITHIN_MS);
    child.once('exit', () => reject(new Error(`${program} ended while it was to start`)));
    let output = '';
    child.stdout.on('data', (words) => {
      output += words;
      const found = pattern.exec(output);
      if (found) {
        clearTimeout(timer);
        resolve({ child, found });
      }
    });
  });
}

const stop = (child) =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', resolve);
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 20_000).unref();
  });

/** The three ways to a server of a language: { name, line(language) }. */
async function ways(chosen, workspace, data) {
  mkdirSync(workspace);
  writeFileSync(join(workspace, 'a.json'), SMALL);
  writeFileSync(join(workspace, 'schema.json'), JSON.stringify(SCHEMA));
  writeFileSync(join(workspace, 'a.css'), STYLE);
  const bridge = await start(process.execPath, [here('bridge.mjs')], /listening (\d+)/);
  const qide = await start(
    chosen.qide,
    ['serve', '--port', '0', '--data', data, '--workspace', `relay=${workspace}`],
    /ready: http:\/\/[^:]+:(\d+)\/#token=(\S+)/,
  );
  const [, port, token] = qide.found;
  return {
    stdio: { line: async (language) => new StdioLine(PROGRAMS[language]) },
    bridge: {
      pid: bridge.child.pid,
      line: (language) =>
        SocketLine.connect(`ws://127.0.0.1:${bridge.found[1]}/?program=${encodeURIComponent(PROGRAMS[language])}`),
    },
    qide: {
      pid: qide.child.pid,
      line: (language) => SocketLine.connect(`ws://127.0.0.1:${port}/lsp/relay/${language}`, { Authorization: `Bearer ${token}` }),
    },
    'qide, /ws': {
      pid: qide.child.pid,
      line: () => SocketLine.connect(`ws://127.0.0.1:${port}/ws/relay`, { Authorization: `Bearer ${token}` }),
    },
  };
}

async function hovers(line, count, character) {
  const micros = [];
  for (let i = 0; i < count; i += 1) {
    const begun = process.hrtime.bigint();
    const answer = await line.hover(1, character);
    micros.push(Number(process.hrtime.bigint() - begun) / 1_000);
    if (!answer?.contents) throw new Error('a hover has no contents');
  }
  return micros;
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
const figures = (micros) => {
  const sorted = [...micros].sort((a, b) => a - b);
  return { p50: at(sorted, 0.5), p99: at(sorted, 0.99) };
};

/** Rounds in turn, so that all three see the same machine. */
async function small(all, root, chosen) {
  const lines = {};
  for (const [name, way] of Object.entries(all)) {
    lines[name] = await (await way.line('json')).open(root, 'json', 'a.json', SMALL);
    // Until it has read the schema it answers nothing.
    for (let tries = 0; !(await lines[name].hover(1, 4))?.contents; tries += 1) {
      if (tries > 200) throw new Error(`${name} never says what it knows`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  for (const [name, line] of Object.entries(lines)) {
    say(`${name} warms up …`);
    for (const end = Date.now() + chosen.warmUp * 1_000; Date.now() < end; ) await hovers(line, 100, 4);
  }
  const micros = { stdio: [], bridge: [], qide: [] };
  for (let round = 0; round < chosen.rounds; round += 1) {
    say(`hovers, round ${round + 1} of ${chosen.rounds} …`);
    for (const [name, line] of Object.entries(lines)) {
      micros[name].push(...(await hovers(line, chosen.hovers, 4)));
    }
  }
  for (const line of Object.values(lines)) await line.close();
  return Object.fromEntries(Object.entries(micros).map(([name, all]) => [name, figures(all)]));
}

const rss = (pid) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1]) / 1024;

/** One formats a file of one line, which is answered with 5 MB of edits; another one's hovers are timed meanwhile. */
async function large(way, root, chosen) {
  const other = await (await way.line('css')).open(root, 'css', 'a.css', STYLE);
  const one = await way.line('json');
  const pairs = Array.from({ length: KEYS_OF_THE_LARGE }, (_, i) => `"k${i}":${i}`);
  await one.open(root, 'json', 'large.json', `{${pairs.join(',')}}`);
  await hovers(other, 500, 3);
  const alone = figures(await hovers(other, 2_000, 3));
  let bytes = 0;
  let isOver = false;
  const before = way.pid ? rss(way.pid) : 0;
  const asking = (async () => {
    for (let i = 0; i < chosen.large; i += 1) {
      const edits = await one.request('textDocument/formatting', {
        textDocument: { uri: one.uri },
        options: { tabSize: 2, insertSpaces: true },
      });
      bytes = JSON.stringify(edits).length;
    }
    isOver = true;
  })();
  const micros = [];
  while (!isOver) micros.push(...(await hovers(other, 20, 3)));
  await asking;
  const during = figures(micros);
  const after = way.pid ? rss(way.pid) : 0;
  await one.close();
  await other.close();
  return { bytes, alone, during, before, after };
}

/** The time that one completion of each size takes, in turns: { bytes, best and median of each way in ms }. */
async function completions(all, root, count) {
  const results = [];
  for (const [index, properties] of PROPERTIES_OFFERED.entries()) {
    const names = Array.from({ length: properties }, (_, i) => `  --a-property-with-a-name-${i}: red;`);
    const text = `:root {\n${names.join('\n')}\n}\na {\n  color: var(--);\n}\n`;
    const position = { line: properties + 3, character: 15 };
    const lines = {};
    for (const [name, way] of Object.entries(all)) lines[name] = await (await way.line('css')).open(root, 'css', `a${index}.css`, text);
    const ask = async (line) => {
      const begun = process.hrtime.bigint();
      const answer = await line.request('textDocument/completion', { textDocument: { uri: line.uri }, position });
      const ms = Number(process.hrtime.bigint() - begun) / 1e6;
      const bytes = JSON.stringify(answer).length;
      if (bytes < properties * 100) throw new Error('a completion offered too little');
      return { ms, bytes };
    };
    const times = Object.fromEntries(Object.keys(lines).map((name) => [name, []]));
    let bytes = 0;
    for (let round = -1; round < COMPLETION_ROUNDS; round += 1) {
      say(`completions of ${properties} properties, round ${round + 1} …`);
      for (const [name, line] of Object.entries(lines)) {
        for (let i = 0; i < count; i += 1) {
          const asked = await ask(line);
          bytes = asked.bytes;
          if (round >= 0) times[name].push(asked.ms);
        }
      }
    }
    for (const line of Object.values(lines)) await line.close();
    const figures = Object.entries(times).map(([name, ms]) => {
      const sorted = ms.sort((a, b) => a - b);
      return [name, { best: sorted[0], p50: at(sorted, 0.5) }];
    });
    results.push({ bytes, ways: Object.fromEntries(figures) });
  }
  return results;
}

async function main() {
  const chosen = options();
  const directory = mkdtempSync(join(tmpdir(), 'qide-relay-'));
  try {
    const workspace = join(directory, 'workspace');
    const root = pathToFileURL(workspace).href;
    const all = await ways(chosen, workspace, join(directory, 'data'));
    const round = (value) => Math.round(value).toLocaleString('en');
    if (chosen.completions > 0) {
      console.log('\n| a completion | MB | best, ms | times stdio | p50, ms | times stdio |\n|---|---|---|---|---|---|');
      for (const { bytes, ways: figures } of await completions(all, root, chosen.completions)) {
        for (const [name, { best, p50 }] of Object.entries(figures)) {
          const times = [best / figures.stdio.best, p50 / figures.stdio.p50].map((value) => value.toFixed(2));
          console.log(`| ${name} | ${(bytes / 1e6).toFixed(2)} | ${best.toFixed(1)} | ${times[0]} | ${p50.toFixed(1)} | ${times[1]} |`);
        }
      }
    }
    delete all['qide, /ws'];
    if (chosen.onlyCompletions) return;
    const added = await small(all, root, chosen);
    console.log('\n| a hover, µs | p50 | p99 | added at p50 | at p99 |\n|---|---|---|---|---|');
    for (const [name, { p50, p99 }] of Object.entries(added)) {
      console.log(`| ${name} | ${round(p50)} | ${round(p99)} | ${round(p50 - added.stdio.p50)} | ${round(p99 - added.stdio.p99)} |`);
    }
    console.log('\n| another session while 5 MB are answered | MB | hover p99 alone, µs | meanwhile | times | peak memory before, after, MB |\n|---|---|---|---|---|---|');
    for (const [name, way] of Object.entries(all)) {
      say(`large answers, ${name} …`);
      const { bytes, alone, during, before, after } = await large(way, root, chosen);
      console.log(
        `| ${name} | ${(bytes / 1e6).toFixed(1)} | ${round(alone.p99)} | ${round(during.p99)} | ${(during.p99 / alone.p99).toFixed(1)} | ${before ? `${round(before)}, ${round(after)}` : ''} |`,
      );
    }
    console.log(`\nload: ${readFileSync('/proc/loadavg', 'utf8').trim()}`);
  } finally {
    await Promise.all([...children].map(stop));
    rmSync(directory, { recursive: true, force: true });
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => Promise.all([...children].map(stop)).finally(() => process.exit(130)));
}
await main();
