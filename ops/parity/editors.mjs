// A person with Neovim and one with Emacs in two published projects, each with the language server alone and through
// `qide lsp`: what differs, and what is noticed of a terminal. `node editors.mjs [--only neovim] [--project zod] [--steps rename,move] [--qide PROGRAM]`.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { declarationOf, filled, installOf, startServer, stopServers } from './server.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const SESSION_MS = 300_000;
const PROGRAMS = '/usr/bin:/bin';

const EDITORS = {
  neovim: ['nvim', '--headless', '-u', 'NONE', '-n', '-c', `luafile ${here('editors/neovim.lua')}`],
  emacs: ['emacs', '-Q', '--batch', '-l', here('editors/emacs.el')],
};

/** Another branch with one file more. */
const branch = (file, text) => `git checkout -q -b other && echo '${text}' > ${file} && git add ${file} && git commit -q -m other && git checkout -q main`;

/** What the person does, by project. */
const PLANS = {
  requests: {
    language: 'python',
    file: 'requests/sessions.py',
    symbol: 'to_native_string',
    renamed: 'native_text',
    library: 'urljoin',
    complete: 'RequestsCookieJar().',
    importsAt: 8,
    mistake: 'unused = OrderedDct()',
    mistakeAt: 9,
    import: 'import zipfile',
    moved: { marked: 'hooks', from: 'requests/hooks.py', to: 'requests/hooking.py', command: 'git mv requests/hooks.py requests/hooking.py' },
    branch: { prepare: branch('requests/extra.py', 'def added(): pass'), line: 'from .extra import added', marked: 'extra', command: 'git checkout -q other' },
    package: { line: 'import idna', marked: '"idna" could not', command: 'cp -r /usr/lib/python3/dist-packages/idna .venv/lib/python3*/site-packages/' },
  },
  zod: {
    language: 'typescript',
    file: 'src/v4/core/checks.ts',
    symbol: 'nullish(val)',
    renamed: 'isNothing',
    library: 'Set()',
    complete: 'regexes.',
    importsAt: 7,
    mistake: 'export const unused: boolean = util.nulish(1);',
    mistakeAt: 36,
    import: "import { _string } from './api.js';",
    moved: { marked: 'regexes', from: 'src/v4/core/regexes.ts', to: 'src/v4/core/patterns.ts', command: 'git mv src/v4/core/regexes.ts src/v4/core/patterns.ts' },
    branch: { prepare: branch('src/v4/core/extra.ts', 'export const added = 1;'), line: "import { added } from './extra.js';", marked: 'extra.js', command: 'git checkout -q other' },
    package: { line: "import { sep } from 'node:path';", marked: 'node:path', command: 'npm install --silent --no-audit --no-fund --no-save @types/node@20.19.25 typescript@5.9.3' },
  },
};

/** Must be as with the language server alone. */
const SAME = ['diagnostics', 'references', 'definition', 'completion', 'rename', 'actions', 'imports'];

/** Must be noticed through Q-IDE, whatever the editor itself watches. */
const NOTICED = ['move', 'moveByEditor', 'branch', 'package'];

/** Need not be noticed where the language server alone does not notice it either, and why. */
const UNNOTICED = {
  'emacs zod moveByEditor': 'Emacs leaves the old name open, and tsserver trusts the text of an open document',
};

function run(command, options, milliseconds = SESSION_MS) {
  return new Promise((resolve, reject) => {
    const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (words) => (output = (output + words).slice(-4_000)));
    const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(output);
      else reject(new Error(`${command[0]} ended with ${code}:\n${output}`));
    });
  });
}

/** The language server alone, in the project's own environment, with the settings and options that Q-IDE gives it. */
function alone(project, place) {
  const { language } = PLANS[project];
  const declaration = declarationOf(language);
  const install = installOf(declaration);
  const places = { install, node: process.execPath, workspace: place, pythonEnvironment: `${place}/.venv/bin/python` };
  return {
    command: filled(declaration.command, places).filter((word) => word !== '--require' && !word.endsWith('client.cjs')),
    path: `${place}/.venv/bin:${PROGRAMS}`,
    settings: filled(declaration.configuration ?? {}, places),
    options: filled(declaration.initializationOptions ?? {}, places),
  };
}

/** One session; resolves to its answers by step. */
async function session(editor, project, place, { command, path, settings = {}, options = {} }, { scratch, steps }) {
  const plan = join(scratch, `${project}.json`);
  const answers = join(scratch, 'answers.json');
  rmSync(answers, { force: true });
  writeFileSync(plan, JSON.stringify({ ...PLANS[project], settings, options, steps }));
  const env = { ...process.env, QIDE_PLAN: plan, QIDE_ANSWERS: answers, QIDE_LSP: command.join('\n') };
  // npm is needed in the project's terminal, too.
  env.PATH = path ? `${path}:${process.env.PATH}` : process.env.PATH;
  await run(EDITORS[editor], { cwd: place, env });
  if (!existsSync(answers)) throw new Error(`${editor} wrote no answers.`);
  return JSON.parse(readFileSync(answers, 'utf8'));
}

const shown = (value) => {
  const words = JSON.stringify(value) ?? 'nothing';
  return words.length > 300 ? `${words.slice(0, 300)}…` : words;
};

function report(editor, project, through, by, steps) {
  const row = (step, words) => console.log(`| ${editor} | ${project} | ${step} | ${words} |`);
  let wrong = through.failure || by.failure ? 1 : 0;
  if (wrong) row('session', `alone: ${shown(by.failure)}; Q-IDE: ${shown(through.failure)}`);
  for (const step of SAME.filter((one) => steps.includes(one))) {
    const isEqual = JSON.stringify(through[step]) === JSON.stringify(by[step]);
    const isFailed = typeof through[step] === 'string';
    if (!isEqual || isFailed) wrong += 1;
    row(step, isFailed ? through[step] : isEqual ? `equal, ${through[step].length}` : `**differs**: ${differences(by[step], through[step])}`);
  }
  for (const step of NOTICED.filter((one) => steps.includes(one))) {
    const reason = through[step] === false && by[step] === false ? UNNOTICED[`${editor} ${project} ${step}`] : undefined;
    if (reason) {
      row(step, `not noticed, as alone: ${reason}`);
      continue;
    }
    if (through[step] !== true) wrong += 1;
    row(step, `${through[step] === true ? 'noticed' : `**not noticed** (${shown(through[step])})`}; alone: ${by[step] === true ? 'noticed' : 'not noticed'}`);
  }
  return wrong;
}

function differences(one, other) {
  if (!Array.isArray(one) || !Array.isArray(other)) return `${shown(one)} → ${shown(other)}`;
  return `only alone ${shown(one.filter((each) => !other.includes(each)))}, only Q-IDE ${shown(other.filter((each) => !one.includes(each)))}`;
}

async function main() {
  const { values } = parseArgs({ options: { only: { type: 'string' }, project: { type: 'string' }, steps: { type: 'string', default: [...SAME, ...NOTICED].join() }, qide: { type: 'string', default: here('../../qide') } } });
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'qide-editors-')));
  const by = { scratch, steps: values.steps.split(',') };
  let wrong = 0;
  try {
    const editors = Object.keys(EDITORS).filter((name) => !values.only || values.only === name);
    const projects = Object.keys(PLANS).filter((name) => !values.project || values.project === name);
    await run([here('editors/projects'), join(scratch, 'published'), ...projects], {});
    // Each session has a copy of its own, below a folder of the way it works.
    const copies = editors.flatMap((editor) => projects.flatMap((project) => ['through', 'alone'].map((way) => ({ editor, project, way, place: join(scratch, way, editor, project) }))));
    for (const { project, place } of copies) {
      mkdirSync(join(place, '..'), { recursive: true });
      cpSync(join(scratch, 'published', project), place, { recursive: true, verbatimSymlinks: true });
    }
    const placeOf = (editor, project, way) => copies.find((copy) => copy.editor === editor && copy.project === project && copy.way === way).place;
    const workspaces = Object.fromEntries(editors.flatMap((editor) => projects.map((project) => [`${editor}-${project}`, placeOf(editor, project, 'through')])));
    const server = await startServer(values.qide, join(scratch, 'data'), workspaces);
    console.log('| editor | project | what | result |\n|---|---|---|---|');
    for (const editor of editors) {
      for (const project of projects) {
        const lsp = [values.qide, 'lsp', `${editor}-${project}`, `--url=${server.url.replace('ws:', 'http:')}`, `--token-file=${join(scratch, 'data/token')}`];
        const through = await session(editor, project, placeOf(editor, project, 'through'), { command: lsp }, by);
        const place = placeOf(editor, project, 'alone');
        wrong += report(editor, project, through, await session(editor, project, place, alone(project, place), by), by.steps);
      }
    }
  } finally {
    await stopServers();
    rmSync(scratch, { recursive: true, force: true });
  }
  if (wrong > 0) process.exitCode = 1;
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stopServers().finally(() => process.exit(130)));
await main();
