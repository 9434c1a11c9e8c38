#!/usr/bin/env node
// Writes what Elasticsearch and Kibana import from two tables: the permitted fields of a log line and `dashboards.mjs`.
//
//   node ops/elk/generate.mjs           writes index-template.json and saved-objects.ndjson
//   node ops/elk/generate.mjs --check   fails when they differ from what would be written

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dashboards, searches } from './dashboards.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const table = join(here, '../../server/src/test/resources/log-fields.txt');

const DATA_VIEW = 'qide-logs';
/** Saved objects of this form are migrated upwards by every later Kibana. */
const VERSION = '8.9.0';
const CORE_VERSION = '8.8.0';

/** What the shipper and the ingest pipeline add to a line. */
const added = { 'event.ingested': 'date', 'event.kind': 'keyword', 'host.name': 'keyword', 'log.file.path': 'keyword' };

/** The type of each field, by dotted name. */
function fields() {
  const types = {};
  for (const line of readFileSync(table, 'utf8').split('\n')) {
    const [name, type] = line.trim().split(/\s+/);
    if (name && !name.startsWith('#') && type !== 'object') types[name] = type;
  }
  return { ...types, ...added };
}

/** @returns the `properties` of a mapping, nested by the dots of the names */
function properties(types) {
  const root = {};
  for (const [name, type] of Object.entries(types).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const parts = name.split('.');
    const last = parts.pop();
    let at = root;
    for (const part of parts) at = (at[part] ??= { properties: {} }).properties;
    at[last] = type === 'keyword' ? { type, ignore_above: 1024 } : { type };
  }
  return root;
}

const template = (types) => ({
  index_patterns: ['logs-qide-*'],
  data_stream: {},
  priority: 300,
  template: {
    settings: {
      'index.lifecycle.name': 'qide-logs',
      'index.default_pipeline': 'qide-logs',
      'index.codec': 'best_compression',
      'index.query.default_field': ['message', 'error.message'],
    },
    mappings: { dynamic: false, date_detection: false, properties: properties(types) },
  },
  _meta: { description: 'Logs of Q-IDE: every field that a line may carry' },
});

const saved = (type, id, attributes, references) => ({
  id,
  type,
  attributes,
  references,
  managed: false,
  coreMigrationVersion: CORE_VERSION,
  typeMigrationVersion: VERSION,
});

const SEARCH_SOURCE = 'kibanaSavedObjectMeta.searchSourceJSON.index';
const dataView = { name: SEARCH_SOURCE, type: 'index-pattern', id: DATA_VIEW };
const source = (query) =>
  JSON.stringify({ query: { query, language: 'lucene' }, filter: [], indexRefName: SEARCH_SOURCE });

function savedSearch({ id, title, question, query, columns }) {
  return saved(
    'search',
    `qide-search-${id}`,
    {
      title: `Q-IDE: ${title}`,
      description: question,
      columns,
      sort: [['@timestamp', 'desc']],
      grid: {},
      hideChart: false,
      isTextBasedQuery: false,
      kibanaSavedObjectMeta: { searchSourceJSON: source(query) },
    },
    [dataView],
  );
}

const TYPES = { lines: 'histogram', table: 'table', number: 'metric' };

/** The aggregations of a panel: its metrics, then what it is split by. */
function aggregations(panel) {
  const list = panel.metrics.map(({ type = 'count', field, label, percents }, i) => ({
    id: String(i + 1),
    enabled: true,
    type,
    schema: 'metric',
    params: { ...(field && { field }), ...(percents && { percents }), ...(label && { customLabel: label }) },
  }));
  const next = () => String(list.length + 1);
  if (panel.kind === 'lines') {
    const params = { field: '@timestamp', useNormalizedEsInterval: true, interval: 'auto', min_doc_count: 1, extended_bounds: {} };
    list.push({ id: next(), enabled: true, type: 'date_histogram', schema: 'segment', params });
  }
  if (panel.by) {
    // A percentile cannot be an order: the first metric is one where a panel has none else, and the count then decides.
    const orderBy = panel.metrics[0].percents ? '_key' : '1';
    const params = { field: panel.by, orderBy, order: 'desc', size: panel.size ?? 8, otherBucket: false, missingBucket: false };
    list.push({ id: next(), enabled: true, type: 'terms', schema: panel.kind === 'lines' ? 'group' : 'bucket', params });
  }
  return list;
}

function parameters(panel) {
  if (panel.kind === 'table') {
    return { perPage: 10, showPartialRows: false, showMetricsAtAllLevels: false, showTotal: false, totalFunc: 'sum' };
  }
  if (panel.kind === 'number') {
    return { addTooltip: true, addLegend: false, type: 'metric', metric: { labels: { show: true }, style: { fontSize: 48 } } };
  }
  const axis = { position: 'left', show: true, style: {}, scale: { type: 'linear', mode: 'normal' }, labels: { show: true } };
  return {
    type: 'histogram',
    grid: { categoryLines: false },
    categoryAxes: [{ id: 'CategoryAxis-1', type: 'category', ...axis, position: 'bottom', scale: { type: 'linear' }, title: {} }],
    valueAxes: [{ id: 'ValueAxis-1', name: 'LeftAxis-1', type: 'value', ...axis, title: { text: '' } }],
    seriesParams: panel.metrics.map(({ label = 'lines' }, i) => ({
      show: true,
      type: 'histogram',
      mode: 'stacked',
      data: { label, id: String(i + 1) },
      valueAxis: 'ValueAxis-1',
    })),
    addTooltip: true,
    addLegend: true,
    legendPosition: 'right',
    times: [],
    addTimeMarker: false,
  };
}

function visualization(dashboard, panel, index) {
  const type = TYPES[panel.kind];
  return saved(
    'visualization',
    `qide-${dashboard.id}-${index + 1}`,
    {
      title: panel.question,
      description: panel.question,
      visState: JSON.stringify({ title: panel.question, type, params: parameters(panel), aggs: aggregations(panel) }),
      uiStateJSON: '{}',
      version: 1,
      kibanaSavedObjectMeta: { searchSourceJSON: source(panel.query) },
    },
    [dataView],
  );
}

/** Numbers stand four in a row, charts take a whole row, tables half of one; the lines themselves come last. */
function layout(panels) {
  const sizes = { number: [12, 8], lines: [48, 12], table: [24, 14] };
  let x = 0;
  let y = 0;
  let height = 0;
  return panels.map(({ kind }) => {
    const [w, h] = sizes[kind];
    if (x + w > 48 || (height && h !== height)) {
      x = 0;
      y += height;
      height = 0;
    }
    const place = { x, y, w, h };
    x += w;
    height = h;
    return place;
  });
}

function dashboard(board) {
  const places = layout([...board.panels, { kind: 'lines' }]);
  const ids = [
    ...board.panels.map((_, i) => ['visualization', `qide-${board.id}-${i + 1}`]),
    ['search', `qide-search-${board.search}`],
  ];
  const panels = ids.map(([type], i) => ({
    version: VERSION,
    type,
    gridData: { ...places[i], ...(type === 'search' && { h: 20 }), i: String(i + 1) },
    panelIndex: String(i + 1),
    embeddableConfig: { enhancements: {} },
    panelRefName: `panel_${i + 1}`,
  }));
  return saved(
    'dashboard',
    `qide-${board.id}`,
    {
      title: `Q-IDE: ${board.title}`,
      description: board.panels.map((panel) => panel.question).join(' '),
      version: 1,
      timeRestore: true,
      timeFrom: 'now-24h',
      timeTo: 'now',
      refreshInterval: { pause: true, value: 0 },
      hits: 0,
      optionsJSON: JSON.stringify({ useMargins: true, syncColors: true, hidePanelTitles: false }),
      panelsJSON: JSON.stringify(panels),
      kibanaSavedObjectMeta: { searchSourceJSON: JSON.stringify({ query: { query: '', language: 'lucene' }, filter: [] }) },
    },
    ids.map(([type, id], i) => ({ name: `${i + 1}:panel_${i + 1}`, type, id })),
  );
}

const view = saved(
  'index-pattern',
  DATA_VIEW,
  { title: 'logs-qide-*', name: 'Q-IDE logs', timeFieldName: '@timestamp', fields: '[]', fieldAttrs: '{}', runtimeFieldMap: '{}' },
  [],
);

const objects = [
  view,
  ...searches.map(savedSearch),
  ...dashboards.flatMap((board) => board.panels.map((panel, i) => visualization(board, panel, i))),
  ...dashboards.map(dashboard),
];

const files = {
  'index-template.json': `${JSON.stringify(template(fields()), null, 2)}\n`,
  'saved-objects.ndjson': objects.map((object) => `${JSON.stringify(object)}\n`).join(''),
};

let differs = false;
for (const [name, text] of Object.entries(files)) {
  const file = join(here, name);
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
  } else if (readFileSync(file, 'utf8') !== text) {
    differs = true;
    console.error(`ops/elk/${name} is not what the tables say: run ops/elk/generate.mjs`);
  }
}
process.exitCode = differs ? 1 : 0;
