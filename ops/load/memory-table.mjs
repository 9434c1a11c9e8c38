// The figures of memory.mjs as Markdown, beside their targets.
import { wrapped } from './benchmarks-page.mjs';
import { row } from './figures.mjs';

/** KB are 1,000 bytes and MB 1,000,000, so that a target is not met by the larger unit. */
const KB = 1_000;
const MB = 1_000_000;
const TARGETS = { connections: 12 * KB, tls: 40 * KB, documents: 300 * MB };
const CLASSES = 10;
const TITLES = { connections: '', tls: ' under TLS' };

const number = (value, unit = 1) =>
  Number.isFinite(value) ? (value / unit).toLocaleString('en', { maximumFractionDigits: Math.abs(value / unit) < 100 ? 1 : 0 }) : '–';

const compared = (value, target, unit, words) => `${number(target, unit)} ${words}: ${value <= target ? 'met' : 'missed'}`;

function connectionRows(measured) {
  return ['connections', 'tls'].flatMap((part) =>
    Object.entries(kindsOf(measured[part])).map(([kind, { count, heap, resident }]) => {
      const state = kind === '/ws' ? 'an initialized session' : 'a document open';
      return row([
        `an idle connection of \`${kind}\`${TITLES[part]}, with ${state}, of ${number(count)}: heap; resident`,
        `${number(heap, KB)} KB; ${number(resident, KB)} KB`,
        compared(heap, TARGETS[part], KB, 'KB of heap'),
      ]);
    }),
  );
}

/** The kinds of connections in a part's figures. */
const kindsOf = (part = {}) => Object.fromEntries(Object.entries(part).filter(([name]) => name.startsWith('/')));

function documentRows(measured) {
  return ['documents', 'documents-256m'].flatMap((part) => {
    const found = measured[part];
    if (!found) return [];
    const { before, most, closed, after } = found;
    const heaps = [before, closed, after].map(({ heap }) => number(heap, MB)).join(', ');
    const title = part === 'documents' ? `${number(found.documents)} documents of 2,000 characters are opened and closed` : 'the same with `-Xmx256m`';
    return [
      row([
        `${title}: resident when the server has started, at most, and when all documents are evicted; heap at first, after the last one was closed, and in the end`,
        `${number(before.resident, MB)}, ${number(most, MB)}, ${number(after.resident, MB)} MB; ${heaps} MB`,
        compared(after.resident, TARGETS.documents, MB, 'MB resident'),
      ]),
    ];
  });
}

function smallHeapRows({ 'clients-256m': small }) {
  if (!small) return [];
  const { clients, documents, rate, seconds, delivered, latency, acknowledgement, peak, heap, isWhole, isOutOfMemory } = small;
  const share = isWhole ? 'everything' : `${number(delivered * 100)} %`;
  return [
    row([
      `\`-Xmx256m\`: ${number(clients)} clients in ${number(documents)} documents, ${number(rate)} edits/s for ${number(seconds)} s: delivered; p50 and p99 of a delivery, of an acknowledgement; resident at most; heap in the end`,
      `${share}; ${number(latency.p50)} and ${number(latency.p99)}, ${number(acknowledgement.p50)} and ${number(acknowledgement.p99)} ms; ${number(peak, MB)} MB; ${number(heap, MB)} MB`,
      `everything, no OutOfMemoryError: ${isWhole && !isOutOfMemory ? 'met' : 'missed'}`,
    ]),
  ];
}

/** What holds the memory of a connection, by class. */
function classTable(measured) {
  const columns = ['connections', 'tls'].flatMap((part) =>
    Object.entries(kindsOf(measured[part])).map(([kind, { classes }]) => ({ title: `\`${kind}\`${TITLES[part]}`, of: new Map(classes) })),
  );
  const most = (name) => Math.max(...columns.map(({ of }) => of.get(name) ?? 0));
  const names = [...new Set(columns.flatMap(({ of }) => [...of.keys()]))].sort((a, b) => most(b) - most(a)).slice(0, CLASSES);
  if (names.length === 0) return [];
  return [
    [
      row(['heap of a connection by class, bytes', ...columns.map(({ title }) => title)]),
      row(['---', ...columns.map(() => '--:')]),
      ...names.map((name) => row([name, ...columns.map(({ of }) => number(Math.round(of.get(name) ?? 0)))])),
    ].join('\n'),
  ];
}

/** @param measured the figures of each part that was run */
export function memoryTable(measured) {
  const parts = Object.values(measured);
  const loads = parts.flatMap((part) => part.load);
  const dates = [...new Set(parts.map((part) => part.date))].sort();
  const words =
    `Measured on ${dates.join(' and ')}, load ${number(Math.min(...loads))} to ${number(Math.max(...loads))}. The heap is what a full ` +
    'garbage collection leaves; resident memory includes the heap that the JVM keeps in reserve.';
  const rows = [...connectionRows(measured), ...documentRows(measured), ...smallHeapRows(measured)];
  return [
    wrapped(words),
    [row(['measured', 'result', 'target']), row(['---', '---', '---']), ...rows].join('\n'),
    ...classTable(measured),
  ].join('\n\n');
}
