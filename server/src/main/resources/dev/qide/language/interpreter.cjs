// Stands in for a Python interpreter, of which the sandbox has none: answers what pyright asks one with `-c`, namely
// the search path of modules and the version. It runs no Python code; it reads pyvenv.cfg, the folders of packages
// and their .pth files. The two lines above this text are written by the server: the interpreter line and `given`.
const fs = require('node:fs');
const path = require('node:path');

const PTH_FILES = 100;
const PTH_BYTES = 64 << 10;
const PTH_ENTRIES = 1_000;
const CFG_BYTES = 64 << 10;

const code = process.argv[process.argv.indexOf('-c') + 1] ?? '';
if (!process.argv.includes('-c')) {
  console.error('This stand-in for a Python interpreter runs no Python: it answers only questions asked with -c.');
  process.exit(2);
}
const environment = given.environment === null ? system() : virtual(given.environment);
if (code.includes('version_info')) {
  console.log(JSON.stringify([...environment.version, 'final', 0]));
} else {
  console.log(JSON.stringify({ path: environment.path, prefix: environment.prefix }));
}

function system() {
  const library = given.libraries[0];
  return { version: [...library.version, 0], path: libraryPath(library, true), prefix: library.prefix };
}

function virtual(prefix) {
  const settings = configuration(path.join(prefix, 'pyvenv.cfg'));
  const stated = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(settings.version ?? settings.version_info ?? '');
  const sites = siteFolders(prefix, stated && `python${stated[1]}.${stated[2]}`);
  const found = stated ?? /python(\d+)\.(\d+)/.exec(sites[0] ?? '') ?? [null, ...(given.libraries[0]?.version ?? [3, 13])];
  const version = [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
  const library = given.libraries.find((one) => one.version[0] === version[0] && one.version[1] === version[1]);
  const sharesPackages = /^true$/i.test(settings['include-system-site-packages'] ?? '');
  const all = new Set(library ? libraryPath(library, false) : []);
  sites.forEach((site) => withPthFiles(site).forEach((one) => all.add(one)));
  if (library && sharesPackages) libraryPath(library, true).forEach((one) => all.add(one));
  return { version, path: [...all], prefix };
}

// The standard library, and the packages that are installed for the whole machine.
function libraryPath(library, hasPackages) {
  const all = new Set([library.folder, path.join(library.folder, 'lib-dynload')]);
  if (hasPackages) library.sites.forEach((site) => withPthFiles(site).forEach((one) => all.add(one)));
  return [...all].filter(isFolder);
}

function configuration(file) {
  const settings = {};
  for (const line of head(file, CFG_BYTES).split(/\r?\n/)) {
    const at = line.indexOf('=');
    if (at > 0) settings[line.slice(0, at).trim().toLowerCase()] = line.slice(at + 1).trim();
  }
  return settings;
}

// The folders of the environment that hold packages; those of the stated version alone, if there are any.
function siteFolders(prefix, version) {
  const all = [];
  for (const folder of ['lib', 'lib64']) {
    for (const name of names(path.join(prefix, folder)).filter((name) => /^(python|pypy)3/.test(name))) {
      const site = path.join(prefix, folder, name, 'site-packages');
      if (isFolder(site)) all.push(site);
    }
  }
  const windows = path.join(prefix, 'Lib', 'site-packages');
  if (isFolder(windows)) all.push(windows);
  const matching = all.filter((site) => site.includes(`${path.sep}${version}${path.sep}`));
  const chosen = matching.length > 0 ? matching : all;
  const real = new Map(chosen.map((site) => [fs.realpathSync(site), site]).reverse());
  return chosen.filter((site) => real.get(fs.realpathSync(site)) === site);
}

// A folder of packages and what its .pth files add, in the order and by the rules of Python's `site`.
function withPthFiles(site) {
  const all = isFolder(site) ? [site] : [];
  for (const name of names(site).filter((name) => name.endsWith('.pth') && !name.startsWith('.')).sort().slice(0, PTH_FILES)) {
    for (const line of head(path.join(site, name), PTH_BYTES).replace(/^\uFEFF/, '').split(/\r?\n/)) {
      const entry = line.trimEnd();
      if (entry === '' || entry.startsWith('#') || /^import[ \t]/.test(entry)) continue;
      const folder = asSeen(path.resolve(site, entry));
      if (folder && isFolder(folder) && !all.includes(folder) && all.length < PTH_ENTRIES) all.push(folder);
    }
  }
  return all;
}

// The path at which a folder of the machine is seen here; null for one that is neither in the workspace nor in a library.
function asSeen(folder) {
  for (const host of [...given.host, given.workspace]) {
    if (isWithin(folder, host)) return path.join(given.workspace, path.relative(host, folder));
  }
  const isOfLibrary = given.libraries.some((one) => [one.folder, ...one.sites].some((root) => isWithin(folder, root)));
  return isOfLibrary ? folder : null;
}

function isWithin(folder, root) {
  return folder === root || folder.startsWith(root.endsWith('/') ? root : root + '/');
}

function names(folder) {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

function isFolder(name) {
  return fs.statSync(name, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function head(file, limit) {
  try {
    return fs.statSync(file).isFile() ? fs.readFileSync(file, 'utf8').slice(0, limit) : '';
  } catch {
    return '';
  }
}
