// docs/benchmarks.md: a program puts what it has measured between its two lines there.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));
const LINE_CHARACTERS = 120;

/** Replaces what stands between the lines of a program, for instance `curve.mjs`. */
export function writeSection(program, text) {
  const [begin, end] = ['begin', 'end'].map((word) => `<!-- ops/load/${program}: ${word} -->`);
  const [before, rest] = readFileSync(PAGE, 'utf8').split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`${PAGE} has no lines ${begin} and ${end}`);
  writeFileSync(PAGE, `${before}${begin}\n\n${text}\n\n${end}${after}`);
}

/** A paragraph in lines as long as those of the page. */
export const wrapped = (words) =>
  words.split(' ').reduce((text, word) => {
    const line = text.length - text.lastIndexOf('\n') - 1;
    return line + word.length < LINE_CHARACTERS ? `${text} ${word}` : `${text}\n${word}`;
  });
