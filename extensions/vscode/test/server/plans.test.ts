// Random plans on a real server: one person in VS Code with the extension, one in the page's editor, and a program, in one document.
// VS Code's connection breaks and comes back. At the end the texts are equal, every word is there once, and undo takes back only
// one's own words. `QIDE_SERVER_PLANS=N` runs N plans; a failure names its seed.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { SharedDocument } from '@qide/client';
import { ModelBinding } from '../../../../web-client/src/text/binding.js';
import { OwnUndo } from '../../../../web-client/src/text/own-undo.js';
import { randomOf, type Random } from '../../../../web-client/test/random.js';
import { TextModel } from '../../../../web-client/test/text-model.js';
import type { TestDocument } from '../vscode/document.js';
import { testWindow } from '../vscode/window.js';
import { eventually, Other, TOKEN, VsCode } from './person.js';

const PLANS = Number(process.env['QIDE_SERVER_PLANS'] ?? 2);
const STEPS = 120;

/** Somebody who types words that nobody else types, where they divide no other. */
class Author {
  readonly words: string[] = [];

  constructor(
    private readonly name: string,
    private readonly text: () => string,
    private readonly insert: (offset: number, word: string) => void,
  ) {}

  type(random: Random): void {
    const places = [0, ...[...this.text().matchAll(/[.\n]/g)].map(({ index }) => index + 1)];
    const word = `${this.name}${this.words.length}.`;
    this.words.push(word);
    this.insert(places[random(places.length)]!, random(4) === 0 ? `${word}\n` : word);
  }
}

describe('random plans with VS Code, the page and a program', () => {
  const ann = new VsCode();
  const [ben, program] = [new Other(), new Other()];
  before(() => ann.open(TOKEN));
  after(() => {
    ann.close();
    ben.close();
    program.close();
  });

  for (let seed = 1; seed <= PLANS; seed += 1) {
    it(`plan ${seed} ends with one text`, async () => {
      const path = `plan-${seed}.txt`;
      await ben.files.write(path, new TextEncoder().encode('start\n'), null);
      const document = await ann.show(path);
      const [theirs, robot] = [await ben.document(path), await program.document(path)];
      const model = new TextModel(theirs.text.toString());
      const undo = new OwnUndo(theirs.text);
      const binding = new ModelBinding(theirs.text, model, undo, { undo: (direction) => void undo.run(direction) });
      const authors = [
        new Author('Ann', () => document.getText(), (offset, word) => testWindow.type(document, offset, 0, word)),
        new Author('Ben', () => model.getValue(), (offset, word) => model.type(offset, 0, word)),
        new Author('Robot', () => robot.text.toString(), (offset, word) => robot.text.insert(offset, word)),
      ];
      await run(randomOf(seed), authors);
      ann.network.mend();
      const whole = await oneText(document, model, [theirs, robot]);
      binding.checkInvariants();
      const words = authors.flatMap((author) => author.words);
      assert.deepEqual(words.filter((word) => whole.split(word).length !== 2), []);

      await undoAll(document);
      const left = await oneText(document, model, [theirs, robot]);
      const others = [...authors[1]!.words, ...authors[2]!.words];
      assert.deepEqual([authors[0]!.words.filter((word) => left.includes(word)), others.filter((word) => !left.includes(word))], [[], []]);
      binding.dispose();
      testWindow.close(document);
    });
  }

  async function run(random: Random, authors: readonly Author[]): Promise<void> {
    for (let step = 0; step < STEPS; step += 1) {
      const choice = random(12);
      if (choice === 0) ann.network.cut();
      else if (choice === 1) ann.network.mend();
      else if (choice < 8) authors[random(3)]!.type(random);
      else await new Promise((resolve) => setTimeout(resolve, random(4)));
    }
  }

  /** Undoes everything that Ann typed. */
  async function undoAll(document: TestDocument): Promise<void> {
    await testWindow.show(document);
    for (let text = ''; text !== document.getText(); ) {
      text = document.getText();
      await testWindow.commands.get('qide.undo')!();
      await settled(document);
    }
  }
});

/** Waits until the window has made all edits of the extension. */
async function settled(document: TestDocument): Promise<void> {
  for (let version = -1; version !== document.version; ) {
    version = document.version;
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function oneText(document: TestDocument, model: TextModel, documents: readonly SharedDocument[]): Promise<string> {
  await eventually('everybody has one text', () => [model.getValue(), ...documents.map(({ text }) => text.toString())].every((text) => text === document.getText()));
  await eventually('it is stored', () => testWindow.statusItems.get('edits')!.text.includes('Saved'));
  return document.getText();
}
