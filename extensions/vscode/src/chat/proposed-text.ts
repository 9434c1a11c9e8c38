import type { ChangeSetInfo } from '@qide/client';
import { lineOf } from './hunk-lines.js';

/**
 * A text with the parts of a change that are still proposed. A part whose lines somebody changed since the model read them is
 * left out: the server merges it when it is accepted.
 *
 * @param text with LF line endings
 */
export function proposedText(text: string, { hunks }: ChangeSetInfo): string {
  const lines = text.split('\n');
  const parts = hunks.flatMap(({ state, before, after, line }) => {
    if (state !== 'proposed') return [];
    const old = before.split('\n');
    const start = lineOf(lines, old, line);
    return start === null ? [] : [{ start, length: old.length, added: after.split('\n') }];
  });
  for (const { start, length, added } of parts.sort((one, other) => other.start - one.start)) lines.splice(start, length, ...added);
  return lines.join('\n');
}
