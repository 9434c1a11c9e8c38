// The points of the curves as Markdown tables, one for each axis; the servers are side by side.
import { wrapped } from './benchmarks-page.mjs';
import { row } from './figures.mjs';

const NAMES = { qide: 'Q-IDE', 'qide-yjs': 'Q-IDE (y-websocket)', hocuspocus: 'Hocuspocus', 'y-websocket': 'y-websocket' };
const TITLES = {
  clients: 'clients in one document, each types 5 edits/s',
  documents: 'documents, 200 clients, each types 5 edits/s',
  readers: 'clients in one document, 20 edits/s together',
};
/** If the clients' own process lags more at p99, the figures of the point say little about the server. */
const LAG_MS = 30;

export const nameOf = (server) => NAMES[server] ?? server;

const number = (value) =>
  !Number.isFinite(value)
    ? '–'
    : value.toLocaleString('en', { maximumFractionDigits: value >= 10 ? 0 : value >= 1 ? 1 : 2 });

function cell(point) {
  if (!point) return '–';
  if (point.delivered === 0) return 'nothing delivered';
  const below = point.cpuBelow > 0.005 ? ` + ${number(point.cpuBelow)}` : '';
  const share = point.delivered < 0.9995 ? `, **${number(point.delivered * 100)} %**` : '';
  const lag = point.generatorLag > LAG_MS ? ' *' : '';
  return `${number(point.p50)}, ${number(point.p99)}; ${number(point.cpu)}${below}${share}${lag}`;
}

export function curveTable({ points, seconds, date }) {
  const good = points.filter((point) => !point.error);
  const servers = [...new Set(points.map((point) => point.server))];
  const tables = Object.entries(TITLES).map(([axis, title]) => {
    const ofAxis = good.filter((point) => point.axis === axis);
    const values = [...new Set(ofAxis.map((point) => point.value))].sort((a, b) => a - b);
    const at = (server, value) => ofAxis.find((point) => point.server === server && point.value === value);
    return [
      row([title, ...servers.map(nameOf)]),
      row(['--:', ...servers.map(() => '---')]),
      ...values.map((value) => row([value.toLocaleString('en'), ...servers.map((server) => cell(at(server, value)))])),
    ].join('\n');
  });
  const loads = good.map((point) => point.load);
  const isLagging = good.some((point) => point.generatorLag > LAG_MS);
  const words =
    `Measured on ${date}, ${seconds} s for each point, load ${number(Math.min(...loads))} to ${number(Math.max(...loads))}. A ` +
    'cell has p50 and p99 of a delivery in ms, and the CPU time for each delivery in µs (+ that of PostgreSQL). A ' +
    'share in bold is what was delivered within 5 s after the last edit; everywhere else it was everything.';
  return [
    wrapped(words),
    ...(isLagging ? [`\\* The clients' own process lagged by more than ${LAG_MS} ms at p99.`] : []),
    ...tables,
    ...points.filter((point) => point.error).map((point) => `${nameOf(point.server)}: ${point.error}`),
  ].join('\n\n');
}
