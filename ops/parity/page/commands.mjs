// The commands that language servers name in their answers: an editor must have each of them, else nothing happens when a
// person chooses it.

/** The names of the commands in an answer, in the form of `shapes.mjs`. */
export function commandsIn(value) {
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap(commandsIn);
  const own = typeof value.command === 'string' && Array.isArray(value.arguments) && value.command !== '' ? [value.command] : [];
  return [...own, ...Object.values(value).flatMap(commandsIn)];
}

/** The commands of each project's answers: { project, command, cases, isHere }. */
export function namedCommands(results) {
  const found = new Map();
  for (const { project, commands } of results) {
    for (const [command, isHere] of Object.entries(commands)) {
      const key = `${project} ${command}`;
      found.set(key, { project, command, isHere, cases: (found.get(key)?.cases ?? 0) + 1 });
    }
  }
  return [...found.values()];
}

export function commandTable(named) {
  const lines = named.map(({ project, command, cases, isHere }) => `| ${project} | \`${command}\` | ${cases} | ${isHere ? 'yes' : '**no**'} |`);
  return ['| project | command | cases | in the page |', '|---|---|--:|---|', ...lines].join('\n');
}
