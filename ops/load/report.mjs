// The runs of one scenario as a Markdown table: medians over the rounds, and the ratios that count.
import { median, row } from './figures.mjs';

const number = (value, digits = 1) =>
  !Number.isFinite(value)
    ? '–'
    : value.toLocaleString('en', { maximumFractionDigits: value >= 100 ? 0 : digits });

/** Columns of the scenarios in which people type. */
const EDITING = [
  ['edits/s offered', (run) => run.offered],
  ['done', (run) => run.done],
  ['deliveries/s', (run) => run.deliveriesPerSecond],
  ['all delivered', (run) => run.isAllDelivered],
  ['p50 ms', (run) => run.latency.p50],
  ['p99 ms', (run) => run.latency.p99],
  ['ack p50 ms', (run) => run.acknowledgement.p50],
  ['ack p99 ms', (run) => run.acknowledgement.p99],
  ['CPU µs/delivery', (run) => run.cpu / run.deliveries, 2],
  ['PostgreSQL µs', (run) => (run.bareCommit ? run.cpuBelow / run.deliveries : NaN), 2],
  ['updates/frame', (run) => (run.deliveries + run.echoes) / run.traffic.tokenFrames],
  ['frames/delivery', (run) => run.traffic.frames / run.deliveries, 3],
  ['bytes/delivery', (run) => run.traffic.bytes / run.deliveries],
  ['RSS MB', (run) => run.memory.rss],
];

const JOINING = [
  ['joiners', (run) => run.joiners],
  ['edits in the text', (run) => run.edits],
  ['all there', (run) => run.isAllDelivered],
  ['join p50 ms', (run) => run.join.p50],
  ['join p99 ms', (run) => run.join.p99],
  ['CPU ms/join', (run) => run.cpu / 1000 / run.joiners],
  ['PostgreSQL ms', (run) => (run.bareCommit ? run.cpuBelow / 1000 / run.joiners : NaN)],
  ['frames/join', (run) => run.traffic.frames / run.joiners],
  ['kB/join', (run) => run.traffic.bytes / 1000 / run.joiners],
  ['RSS MB', (run) => run.memory.rss],
];

const EVERY_RUN = [
  ['generator CPU', (run) => run.generator.cpuShare, 2],
  ['its loop p99 ms', (run) => run.generator.loopDelayP99],
  ['load', (run) => run.load[1], 2],
];

export function table(scenario, runs, chosen) {
  const columns = [...(scenario === 'joiners' ? JOINING : EDITING), ...EVERY_RUN];
  const good = runs.filter((run) => !run.error);
  const servers = [...new Set(good.map((run) => run.server))];
  const ofServer = (server) => good.filter((run) => run.server === server);
  const cell = (server, [, of, digits]) => {
    const values = ofServer(server).map(of);
    if (typeof values[0] !== 'boolean') return number(median(values), digits);
    const yes = values.filter(Boolean).length;
    return yes === values.length ? 'yes' : yes === 0 ? 'no' : `${yes} of ${values.length}`;
  };
  const pace =
    scenario === 'joiners'
      ? `${chosen.clients} at once`
      : `${chosen.clients} clients, ${chosen.rate} edits/s for ${chosen.seconds} s`;
  return [
    `\n### ${scenario}: ${pace}, medians of ${chosen.rounds} rounds`,
    row(['server', ...columns.map(([name]) => name)]),
    row(['---', ...columns.map(() => '---')]),
    ...servers.map((server) => row([server, ...columns.map((column) => cell(server, column))])),
    ...servers.flatMap((server) => remarks(scenario, server, ofServer, servers)),
    ...runs.filter((run) => run.error).map((run) => `- ${run.server}, round ${run.round}: ${run.error}`),
  ].join('\n');
}

function remarks(scenario, server, ofServer, servers) {
  const runs = ofServer(server);
  const remarks = [];
  const ended = [...new Set(runs.flatMap((run) => run.ended))];
  if (ended.length > 0) remarks.push(`- ${server}: sockets ended: ${ended.join('; ')}`);
  if (!server.startsWith('qide')) return remarks;
  for (const peer of servers.filter((name) => !name.startsWith('qide'))) {
    remarks.push(`- ${server} ÷ ${peer}: ${ratios(scenario, runs, ofServer(peer))}`);
  }
  if (scenario !== 'joiners') remarks.push(...commitRemarks(server, runs));
  return remarks;
}

function ratios(scenario, runs, peers) {
  const of = (figure) => number(median(runs.map(figure)) / median(peers.map(figure)), 3);
  return scenario === 'joiners'
    ? `join p99 ${of((run) => run.join.p99)}, CPU a join ${of((run) => run.cpu)}`
    : `latency p99 ${of((run) => run.latency.p99)}, CPU a delivery ${of((run) => run.cpu / run.deliveries)}`;
}

function commitRemarks(server, runs) {
  const of = (figure) => median(runs.map(figure));
  const acknowledged = of((run) => run.acknowledgement.p99);
  const comparison = (bare) => (Number.isFinite(acknowledged) ? number(acknowledged / bare) : 'unknown');
  const rest = of((run) => run.bareCommit.p99);
  const load = of((run) => run.bareUnderLoad.p99);
  return [
    `- ${server}: a bare commit takes p50 ${number(of((run) => run.bareCommit.p50), 2)}, p99 ${number(rest, 2)} ms at rest; ` +
      `p50 ${number(of((run) => run.bareUnderLoad.p50), 2)}, p99 ${number(load, 2)} ms under the load; ` +
      `acknowledgement p99 ÷ that: ${comparison(rest)} and ${comparison(load)}`,
    `- ${server}: ${number(of((run) => jitOf(run) / run.deliveries), 2)} of the µs a delivery went to compiling at run time`,
    `- ${server}: the window that forms: ${number(of((run) => (run.deliveries + run.echoes) / run.traffic.tokenFrames))} updates a frame`,
  ];
}

function jitOf(run) {
  const compilers = Object.entries(run.threads).filter(([name]) => /^C[12] Compiler/.test(name));
  return compilers.reduce((sum, [, used]) => sum + used, 0);
}
