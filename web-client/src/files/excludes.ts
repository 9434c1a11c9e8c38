import { parse, type IExpression } from '@codingame/monaco-vscode-api/vscode/vs/base/common/glob';

/** Tells which files the patterns leave out: those that match, and all in a folder that matches. */
export function excluded(patterns: readonly IExpression[]): (path: string) => boolean {
  const matchers = patterns.map((one) => parse(one));
  const matches = (path: string) => matchers.some((matcher) => matcher(path) !== null);
  const folders = new Map([['', false]]);
  const isIn = (path: string): boolean => {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    let isOut = folders.get(folder);
    if (isOut === undefined) folders.set(folder, (isOut = isIn(folder) || matches(folder)));
    return isOut;
  };
  return (path) => isIn(path) || matches(path);
}
