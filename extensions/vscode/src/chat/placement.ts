/** Where the editor's caret is, as lines from 0; `end` is the line after the last. */
export interface PlaceInText {
  readonly caretLine: number;
  /** The selected lines; null without a selection. */
  readonly selection: { readonly start: number; readonly end: number } | null;
}

/** The share of a file's lines that code must have to count as the whole file. */
const WHOLE_FILE = 0.6;
/** Without this many lines in common, code is no new version of a file. */
const FEWEST_COMMON = 3;

/**
 * The text of a file with code of an answer in its place: the whole file if the code repeats most of it, the selected
 * lines, the blocks that the code repeats the first lines of, or else below the caret. The person sees the result as a
 * change before anything is edited.
 *
 * @param text the file, with LF line endings
 */
export function placed(text: string, code: string, place: PlaceInText): string {
  const lines = text.split('\n');
  const added = code.replace(/\n+$/, '').split('\n');
  if (text.trim() === '' || isWholeFile(lines, added)) return `${added.join('\n')}${text === '' || text.endsWith('\n') ? '\n' : ''}`;
  const { start, end } = place.selection ?? repeatedBlocks(lines, added) ?? below(lines, place.caretLine);
  const replaced = lines.slice(start, end);
  return [...lines.slice(0, start), ...indented(added, indentOf(replaced)), ...lines.slice(end)].join('\n');
}

/** Whether code repeats most of a file, its beginning included: models leave out what stays the same above. */
function isWholeFile(lines: readonly string[], added: readonly string[]): boolean {
  const present = new Set(added.map((line) => line.trim()));
  const written = lines.filter((line) => line.trim() !== '');
  if (!present.has(written[0]!.trim())) return false;
  const common = written.filter((line) => present.has(line.trim())).length;
  return common >= FEWEST_COMMON && common >= written.length * WHOLE_FILE;
}

/** From the first line of the file that the code repeats to the end of the blocks that repeated lines begin. */
function repeatedBlocks(lines: readonly string[], added: readonly string[]) {
  const only = onlyLines(lines);
  let start = -1;
  let last = -1;
  let end = 0;
  for (const line of added) {
    const at = only.get(line.trim()) ?? -1;
    if (at <= last) continue;
    if (start < 0) start = at;
    last = at;
    end = Math.max(end, endOfBlock(lines, at));
  }
  return start < 0 ? null : { start, end };
}

/** The lines with words that a file has once, by their text without indentation. */
function onlyLines(lines: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  lines.forEach((line, index) => {
    const words = line.trim();
    if (/\w/.test(words)) found.set(words, found.has(words) ? -1 : index);
  });
  return found;
}

/** The end of the block that a line begins: the deeper lines below, and what closes it. */
function endOfBlock(lines: readonly string[], start: number): number {
  const depth = depthOf(lines[start]!);
  let end = start + 1;
  for (let at = start + 1; at < lines.length; at += 1) {
    const line = lines[at]!;
    if (line.trim() === '') continue;
    const isClosing = depthOf(line) === depth && /^\s*[)\]}]/.test(line);
    if (depthOf(line) <= depth && !isClosing) break;
    end = at + 1;
    if (isClosing) break;
  }
  return end;
}

function below(lines: readonly string[], caretLine: number) {
  const isEmpty = (lines[caretLine] ?? '').trim() === '';
  const at = Math.min(lines.length, isEmpty ? caretLine : caretLine + 1);
  return { start: at, end: at };
}

function depthOf(line: string): number {
  return line.length - line.trimStart().length;
}

function indentOf(lines: readonly string[]): string {
  const first = lines.find((line) => line.trim() !== '');
  return first === undefined ? '' : first.slice(0, depthOf(first));
}

/** The lines with at least this indentation, as the lines that they replace have. */
function indented(lines: readonly string[], indent: string): string[] {
  const own = indentOf(lines);
  if (own.length >= indent.length) return [...lines];
  return lines.map((line) => (line.trim() === '' ? line : indent.slice(own.length) + line));
}
