// Tables of a run: what is equal, and the time that the server adds.

const EXAMPLES = 3;

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

/** Differences of the same case's times, so that a slow answer of the language server itself is not counted. */
function added(results, way) {
  const micros = results.flatMap(({ times }) => times.map((turn) => turn[way] - turn.stdio)).filter(Number.isFinite).sort((one, other) => one - other);
  return micros.length === 0 ? null : { p50: at(micros, 0.5), p99: at(micros, 0.99), count: micros.length };
}

/** Rows of the table: { language, row, cases, again, ways: { way: { equal, reason, lost, added } } }. */
export function summarised(results, ways) {
  const groups = Map.groupBy ? Map.groupBy(results, keyOf) : grouped(results);
  return [...groups.values()].map((all) => ({
    project: all[0].project,
    language: all[0].language,
    row: all[0].row,
    cases: all.length,
    again: added(all, 'again'),
    ways: Object.fromEntries(ways.map((way) => [way, { ...counted(all, way), added: added(all, way) }])),
  }));
}

const keyOf = ({ project, row }) => `${project} ${row}`;

function grouped(results) {
  const groups = new Map();
  for (const result of results) groups.set(keyOf(result), [...(groups.get(keyOf(result)) ?? []), result]);
  return groups;
}

function counted(results, way) {
  const outcomes = results.map(({ outcomes }) => outcomes[way]?.outcome).filter(Boolean);
  return Object.fromEntries(['equal', 'reason', 'lost'].map((outcome) => [outcome, outcomes.filter((each) => each === outcome).length]));
}

export function table(rows, ways) {
  const head = ['project', 'request', 'cases', ...ways.flatMap((way) => [`${way} equal / reason / lost`, 'added p50, ms', 'p99, ms']), 'stdio again: p99, ms'];
  const ms = (micros) => (micros === undefined ? '' : (micros / 1_000).toFixed(2));
  const lines = rows.map(({ project, row, cases, again, ways: all }) => [
    project,
    row,
    cases,
    ...ways.flatMap((way) => {
      const { equal, reason, lost, added } = all[way];
      return [equal + reason + lost === 0 ? '' : `${equal} / ${reason} / ${lost > 0 ? `**${lost}**` : 0}`, ms(added?.p50), ms(added?.p99)];
    }),
    ms(again?.p99),
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** One line a project and way: the share that is equal. */
export function shares(results, ways) {
  const projects = [...new Set(results.map(({ project }) => project))];
  const lines = projects.flatMap((project) =>
    ways.map((way) => {
      const { equal, reason, lost } = counted(results.filter((each) => each.project === project), way);
      const all = equal + reason + lost;
      return all === 0 ? null : `| ${project} | ${way} | ${all} | ${((100 * equal) / all).toFixed(1)} % | ${reason} | ${lost} |`;
    }),
  );
  return ['| project | way | cases | equal | reason | lost |', '|---|---|---|---|---|---|', ...lines.filter(Boolean)].join('\n');
}

/** What is lost, some examples of each row, for the one who mends it. */
export function losses(results, ways) {
  const found = [];
  for (const [, all] of grouped(results)) {
    for (const way of ways) {
      const lost = all.filter(({ outcomes }) => outcomes[way]?.outcome === 'lost');
      if (lost.length === 0) continue;
      found.push(`\n${all[0].project}, ${all[0].row}, ${way}: ${lost.length} of ${all.length} lost`);
      for (const { label, outcomes } of lost.slice(0, EXAMPLES)) {
        found.push(`  ${label}`, ...outcomes[way].differences.slice(0, EXAMPLES).map((each) => `    ${each}`));
      }
    }
  }
  return found.join('\n');
}

/** Reasons, with how often each accounts for a difference. */
export function reasons(results) {
  const counts = new Map();
  for (const { outcomes } of results) {
    for (const { reasons = [] } of Object.values(outcomes)) for (const each of reasons) counts.set(each, (counts.get(each) ?? 0) + 1);
  }
  return [...counts].map(([reason, count]) => `- ${count}: ${reason}`).join('\n');
}
