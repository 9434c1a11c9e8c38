/**
 * The first of the lines of a text that equal the given ones, from 0, nearest to an expected line; null if there are
 * none. The text of an editor may be some edits ahead of the server's, or behind it.
 *
 * @param lines at least one
 */
export function lineOf(text: readonly string[], lines: readonly string[], expected: number): number | null {
  const isAt = (start: number) => start >= 0 && start + lines.length <= text.length && lines.every((line, index) => text[start + index] === line);
  const farthest = Math.max(expected, text.length - expected);
  for (let distance = 0; distance <= farthest; distance++) {
    if (isAt(expected - distance)) return expected - distance;
    if (isAt(expected + distance)) return expected + distance;
  }
  return null;
}
