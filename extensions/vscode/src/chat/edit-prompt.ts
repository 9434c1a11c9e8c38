/** Asks a model to change lines of a file, or to write new ones. */
export interface EditQuestion {
  readonly path: string;
  readonly language: string;
  /** The change in the person's words. */
  readonly description: string;
  /** The lines to change; empty for new code. */
  readonly code: string;
  /** From 1. */
  readonly line: number;
}

/** The question for a model; the whole file goes with it as context. */
export function editPrompt({ path, language, description, code, line }: EditQuestion): string {
  const task =
    code.trim() === ''
      ? `Write code that is inserted into ${path} at line ${line}: ${description}`
      : `Change this code of ${path}, which begins at line ${line}: ${description}\n\n${fence(code)}${language}\n${code}\n${fence(code)}`;
  const form = code.trim() === '' ? 'the code to insert' : 'the whole changed code, in place of the code above';
  return `${task}\n\nAnswer with one fenced code block that has ${form}, and with nothing else.`;
}

/** The code of an answer: its first fenced block, or the answer itself without one. */
export function codeOf(answer: string): string {
  const lines = answer.replace(/\r\n?/g, '\n').split('\n');
  const start = lines.findIndex((line) => /^ {0,3}(`{3,}|~{3,})/.test(line));
  if (start < 0) return answer.trim() === '' ? '' : answer.replace(/\s+$/, '');
  const mark = /(`{3,}|~{3,})/.exec(lines[start]!)![0];
  const end = lines.findIndex((line, index) => index > start && line.trim().startsWith(mark) && line.trim().replaceAll(mark[0]!, '') === '');
  return lines.slice(start + 1, end < 0 ? lines.length : end).join('\n');
}

/** A fence longer than any in the code. */
function fence(code: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([run]) => run.length));
  return '`'.repeat(longest + 1);
}
