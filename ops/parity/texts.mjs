// Places in a text, by rule, so that every run asks the same.

export function positionAt(text, index) {
  const before = text.slice(0, index);
  const line = before.split('\n').length - 1;
  return { line, character: index - (before.lastIndexOf('\n') + 1) };
}

/** `count` words, evenly spread: { word, start, middle, end }. */
export function places(text, words, count) {
  const all = [...text.matchAll(words)];
  const step = all.length / count;
  const chosen = all.length <= count ? all : Array.from({ length: count }, (_, i) => all[Math.floor((i + 0.5) * step)]);
  return chosen.map((match) => ({
    word: match[0],
    start: positionAt(text, match.index),
    middle: positionAt(text, match.index + Math.floor(match[0].length / 2)),
    end: positionAt(text, match.index + match[0].length),
  }));
}
