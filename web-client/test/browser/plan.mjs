// A random plan in two windows: edits by keyboard and input method, undo, lost networks, renames, changes by tools on
// disk and kills of the server. After each round both windows, the disk and the database have the same text; what was
// typed in a round in which nobody deletes is there exactly once.
//
// Prints {"marker":"kill-server"} and waits for the line "killed" on standard input: the server must be killed and
// start again on the same address. {"marker":"store-text"} asks for the stored text in the file of --stored, answered
// with "stored".
//
// Arguments: --folder PATH, the workspace on disk, with `plan.txt`; --edits N; --seed S, which repeats a plan; --stored
// PATH. The order of what two people do at once depends on the machine, so that a seed repeats the steps, not every text.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../../../protocol/yjs/golden/random.mjs';
import { askStarter, check, connected, editorOf, eventually, expect, openFile, openWindow, run, saved, send, silentProxy, text } from './harness.mjs';

const { values } = parseArgs({ options: { folder: { type: 'string' }, edits: { type: 'string' }, seed: { type: 'string' }, stored: { type: 'string' } } });

/** Edits of a round, after which the texts are compared. */
const EDITS_PER_ROUND = 12;
/** All lines must be on the screen to be read; more are deleted in the next round. */
const LINES = 40;
const SCREEN = { width: 1280, height: 1500 };
const NAMES = ['plan.txt', 'renamed.txt'];
/** The time that a lost network or a composition lasts, at most. */
const PAUSE_MILLISECONDS = 400;

const random = new Random(Number(values.seed));
const below = (limit) => random.below(limit);
const one = (list) => random.of(list);

const path = (name) => join(values.folder, name);
const present = () => NAMES.find((name) => existsSync(path(name)));
const git = (...words) => execFileSync('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', ...words], { cwd: values.folder, stdio: 'ignore' });
const pause = () => new Promise((resolve) => setTimeout(resolve, below(PAUSE_MILLISECONDS)));

/** A window, whose network can be lost. */
class Person {
  /** Every word that was typed since the last comparison. */
  words = [];
  count = 0;

  constructor(name, proxy, window, devtools) {
    Object.assign(this, { name, proxy, ...window, devtools });
  }

  static async open(browser, name) {
    const proxy = await silentProxy();
    const window = await openWindow(browser, { viewport: SCREEN }, proxy.link);
    await openFile(window.page, NAMES[0]);
    return new Person(name, proxy, window, await window.page.context().newCDPSession(window.page));
  }

  word() {
    this.count += 1;
    const word = `${this.name}${this.count}.`;
    this.words.push(word);
    return word;
  }

  /** Puts the caret at the start or the end of a line, so that no word is divided. */
  async place() {
    const { keyboard } = this.page;
    await keyboard.press('Escape');
    await keyboard.press('Control+Home');
    for (let line = below(LINES / 2); line > 0; line -= 1) await keyboard.press('ArrowDown');
    await keyboard.press(one(['Home', 'End']));
  }

  async type() {
    await this.page.keyboard.insertText(one(['', '\n']) + this.word() + one(['', '', '\n']));
  }

  async compose() {
    const written = (words) => this.devtools.send('Input.imeSetComposition', { text: words, selectionStart: words.length, selectionEnd: words.length });
    await written('に');
    await pause();
    await written('にほん');
    await pause();
    await this.devtools.send('Input.insertText', { text: this.word() });
  }

  async loseNetwork(work) {
    this.proxy.silence(true);
    await work();
    await pause();
    this.proxy.silence(false);
  }

  async erase() {
    const { keyboard } = this.page;
    const keys = one([['Control+Shift+k', 'Control+Shift+k'], ['Backspace'], ['Delete'], ['Control+z'], ['Control+z', 'Control+Shift+z'], ['Shift+ArrowDown', 'Delete']]);
    for (const key of keys) await keyboard.press(key);
  }
}

/** Something that happens beside the edits; it deletes nothing. */
const EVENTS = {
  'somebody renames the file': async ([{ page }]) => {
    const from = present();
    const to = NAMES.find((name) => name !== from);
    const { status, body } = await send(page, `api/workspaces/demo/files/${from}?move=${to}`, { method: 'POST' });
    const onDisk = NAMES.filter((name) => existsSync(path(name)));
    expect(status === 204, `the rename of ${from} is answered with ${status} ${body}; on disk: ${onDisk}`);
  },
  'a tool renames the file': async () => {
    const from = present();
    renameSync(path(from), path(NAMES.find((name) => name !== from)));
  },
  'a tool writes the file': async (people) => {
    const file = path(present());
    const lines = readFileSync(file, 'utf8').split('\n');
    const word = `T${(people[0].count += 1)}.`;
    lines.splice(below(lines.length), 0, word);
    writeFileSync(file, lines.join('\n'));
    people[0].words.push(word);
  },
  'the server is killed': () => askStarter('kill-server', 'killed'),
};

async function edit(person, mayErase) {
  await person.place();
  if (mayErase && below(2) === 0) await person.erase();
  else if (below(6) === 0) await person.compose();
  else await person.type();
}

/** Both windows, the disk and the database have one text. */
async function compared(people, isKept) {
  for (const { page } of people) await connected(page);
  for (const { page } of people) await saved(page);
  const shown = await eventually('the windows and the disk have one text', async () => {
    const [ann, bob] = [await text(people[0].page), await text(people[1].page)];
    const disk = readFileSync(path(present()), 'utf8');
    if (ann === bob && ann === disk) return ann;
    throw new Error(JSON.stringify({ ann, bob, disk }));
  });
  const onDisk = NAMES.filter((name) => existsSync(path(name)));
  expect(onDisk.length === 1, `one file has become ${onDisk}`);
  await askStarter('store-text', 'stored');
  const stored = readFileSync(values.stored, 'utf8');
  expect(stored === shown, `the database has ${JSON.stringify(stored)}, the windows ${JSON.stringify(shown)}`);
  for (const person of people) {
    const lost = isKept ? person.words.filter((word) => shown.split(word).length !== 2) : [];
    expect(lost.length === 0, `not there once: ${lost} in ${JSON.stringify(shown)}`);
    person.words = [];
  }
  return shown;
}

async function round(people, isKept) {
  const names = Object.keys(EVENTS);
  const event = one(names);
  const name = present();
  const at = below(EDITS_PER_ROUND / 2);
  for (let step = 0; step < EDITS_PER_ROUND / 2; step += 1) {
    const both = () => Promise.all(people.map((person) => edit(person, !isKept)));
    if (step === at) await Promise.all([EVENTS[event](people), both()]);
    else if (below(4) === 0) await one(people).loseNetwork(both);
    else await both();
  }
  if (!isKept && below(2) === 0 && present() === name) git('checkout', '-q', '--', name);
  const shown = await compared(people, isKept);
  for (const { page } of people) await eventually('the window follows the name', () => editorOf(page, present()).count());
  return { event, lines: shown.split('\n').length };
}

await run(async (browser) => {
  const people = await Promise.all([Person.open(browser, 'A'), Person.open(browser, 'B')]);
  git('init', '-q');
  let lines = 0;
  for (let edits = 0; edits < Number(values.edits); edits += EDITS_PER_ROUND) {
    const isKept = lines < LINES && below(3) > 0;
    await check(`${edits + EDITS_PER_ROUND} edits, ${isKept ? 'none deleted' : 'some deleted'}`, async () => {
      git('add', '-A');
      git('commit', '-q', '-m', 'before the round', '--allow-empty');
      const done = await round(people, isKept);
      lines = done.lines;
      return done;
    });
  }
  await check('the pages log no errors', () => {
    const errors = people.flatMap((person) => person.errors);
    expect(errors.length === 0, errors.join(' | '));
  });
  for (const { proxy } of people) proxy.end();
});
