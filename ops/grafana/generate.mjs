#!/usr/bin/env node
// Writes Grafana's dashboards from dashboards.mjs.
//
//   node ops/grafana/generate.mjs [--check]     --check changes nothing and fails when a file differs
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dashboards } from './dashboards.mjs';

const ROW_HEIGHT = 8;
const STAT_HEIGHT = 4;
const COLUMNS = 24;
const datasource = { type: 'prometheus', uid: '${datasource}' };

/** Places panels from left to right, and in a new row when one does not fit. */
function placed(panels) {
  let x = 0;
  let y = 0;
  let rowHeight = 0;
  return panels.map((panel, index) => {
    const w = panel.width ?? COLUMNS / 2;
    const h = panel.kind === 'stat' ? STAT_HEIGHT : ROW_HEIGHT;
    if (x + w > COLUMNS) {
      x = 0;
      y += rowHeight;
      rowHeight = 0;
    }
    const gridPos = { x, y, w, h };
    x += w;
    rowHeight = Math.max(rowHeight, h);
    return panelOf(panel, index + 1, gridPos);
  });
}

function panelOf(panel, id, gridPos) {
  const isStat = panel.kind === 'stat';
  return {
    id,
    type: isStat ? 'stat' : 'timeseries',
    title: panel.question,
    datasource,
    gridPos,
    fieldConfig: { defaults: { unit: panel.unit ?? 'short', ...(isStat ? {} : { min: 0, custom: { fillOpacity: 10, lineWidth: 2 } }) }, overrides: [] },
    options: isStat
      ? { reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false }, textMode: 'value_and_name', colorMode: 'none', graphMode: 'none' }
      : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: panel.queries.map(([expr, legendFormat], at) => ({ refId: String.fromCharCode(65 + at), datasource, expr, legendFormat, range: true })),
  };
}

function dashboardOf({ uid, title, panels }) {
  return {
    uid,
    title,
    tags: ['qide'],
    schemaVersion: 38,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' },
        {
          name: 'instance',
          type: 'query',
          label: 'Server',
          datasource,
          query: { query: 'label_values(qide_telemetry_build, instance)', refId: 'instance' },
          refresh: 2,
          includeAll: true,
          multi: true,
          allValue: '.*',
          current: { text: 'All', value: '$__all' },
        },
      ],
    },
    links: [{ type: 'dashboards', title: 'Q-IDE', tags: ['qide'], asDropdown: true, includeVars: true, keepTime: true }],
    panels: placed(panels),
  };
}

const isCheck = process.argv.includes('--check');
for (const dashboard of dashboards) {
  const file = fileURLToPath(new URL(`${dashboard.uid.replace('qide-', '')}.json`, import.meta.url));
  const text = `${JSON.stringify(dashboardOf(dashboard), null, 2)}\n`;
  if (!isCheck) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error(`${file} differs from dashboards.mjs: run node ops/grafana/generate.mjs`);
    process.exitCode = 1;
  }
}
