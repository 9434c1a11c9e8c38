// The parts of docs/benchmarks.md: what measures each, what it needs, and how long it may take.
//
// section  of docs/benchmarks.md            folder   where the command runs
// minutes  its bound, about three times what it takes on an idle machine with two cores
// writes   whether it puts its figures into docs/benchmarks.md; those of the others are copied from their output
// npm      a folder whose npm packages it needs
// programs that it needs, as on the PATH
// isLong   kills, random plans, an hour of hostile load: only run if they are named, or with --long
// `{output}` is the directory of the run, `{trace}` the file of --trace.

const COLLABORATION = 'Collaboration';
const LANGUAGES = 'Language servers';

/** A measurement that is a test of the server. */
const test = (section, minutes, parameters, more = {}) => ({ section, minutes, folder: '.', command: ['ops/build/test', ...parameters.split(' ')], ...more });

const node = (section, folder, minutes, parameters, more = {}) => ({ section, folder, minutes, command: ['node', ...parameters.split(' ')], ...more });

const loaded = { npm: 'ops/load' };

export const PARTS = {
  curves: node('Clients and documents', 'ops/load', 25, 'curve.mjs --write --json {output}/curves.json', { ...loaded, writes: true }),
  people: node('People at work', 'ops/load', 15, 'people.mjs --people 50,200 --json {output}/people.json --svg {output}/people.svg', loaded),
  memory: node('Memory', 'ops/load', 40, 'memory.mjs --write --json {output}/memory.json', { ...loaded, writes: true, programs: ['openssl'] }),
  'lsp-start': node('Start and build', 'ops/relay', 5, 'start.mjs', { npm: 'ops/relay' }),
  browser: node('The browser IDE', '.', 10, 'web-client/test/browser/speed.mjs', { hasServer: true, hasBrowser: true }),
  'code-server': node('The browser IDE', '.', 40, 'web-client/bench/beside-code-server.mjs --visits 3', { hasBrowser: true }),
  load: node(COLLABORATION, 'ops/load', 20, 'run.mjs --rounds 1 --warm-up 40 --json {output}/load.json', loaded),
  yjs: node(COLLABORATION, 'protocol/yjs/bench', 30, 'run.mjs {trace}', { npm: 'protocol/yjs/bench', files: ['protocol/yjs/target/test-classes'] }),
  'cold-document': test(COLLABORATION, 15, 'ColdDocumentSpeed'),
  'many-documents': test(COLLABORATION, 15, 'ManyDocumentsSpeed'),
  merge: test(COLLABORATION, 15, 'ThreeWayMergeTest'),
  'update-log': test('Database', 10, 'UpdateLogSpeed'),
  relay: node(LANGUAGES, 'ops/relay', 15, 'run.mjs', { npm: 'ops/relay' }),
  parity: { section: LANGUAGES, folder: 'ops/parity', minutes: 60, command: ['./run', '--turns', '20'], programs: ['npm'] },
  page: node(LANGUAGES, 'ops/parity', 40, 'page.mjs --places 4', { npm: 'ops/parity', hasBrowser: true }),
  editors: node(LANGUAGES, 'ops/parity', 45, 'editors.mjs', { npm: 'ops/parity', programs: ['nvim', 'emacs', 'git', 'npm'] }),
  roles: test('People and roles', 20, 'RevocationTest -Drevocation.trials=1000'),
  'many-people': test('People and roles', 20, 'ManyPeopleSpeed -Drounds=9'),
  'file-sync': test('Files', 10, 'FileSyncSpeedTest'),
  gateway: test('Models', 15, 'GatewaySpeed', { programs: ['npm'] }),
  redaction: test('Models', 10, 'RedactionFigures'),
  hogs: test('Transport', 10, 'HogsTest'),
  kills: test(COLLABORATION, 60, 'SharedPlanTest -Dkill.trials=300', { isLong: true }),
  nodes: test('Several servers on one database', 60, 'NodesTest -Dnodes.kills=12 -Dnodes.edits=2000 -Dnodes.people=200 -Dnodes.returning=500', { isLong: true }),
  plans: test('Several servers on one database', 150, 'NodesPlanTest -Dnodes.plans=100 -Dnodes.plans.database=10', { isLong: true }),
  workspaces: test('Files', 30, 'WorkspaceKillTest -Dworkspace.kills=100', { isLong: true }),
  cancellations: test('Models', 30, 'CancellationMatrixTest -Dai.cancellations=20', { isLong: true }),
  usage: test('Models', 30, 'AccountingTest -Dai.streams=100000', { isLong: true }),
  hostile: test('Transport', 120, 'HostileLoadTest -Dhostile.seconds=3600', { isLong: true }),
};
