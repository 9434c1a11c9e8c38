// The projects that are opened: real ones from npm and Debian, and small fixtures for languages without one.
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const packages = here('node_modules');

const LANGUAGE_IDS = {
  '.py': 'python',
  '.ts': 'typescript',
  '.tsx': 'typescriptreact',
  '.js': 'javascript',
  '.json': 'json',
  '.html': 'html',
  '.css': 'css',
  '.scss': 'scss',
  '.md': 'markdown',
  '.yaml': 'yaml',
  '.sh': 'shellscript',
};

/** What is typed into a document so that its diagnostics change. */
const MISTAKES = {
  python: '\nimport nothing_of_this_name\n',
  typescript: '\nconst wrong: number = "text";\n',
  json: '{,',
  html: '<p>\n<style>a { colr: red; }</style>\n',
  css: '\nb { colr: red; }\n',
  markdown: '\n[gone](missing-file.md)\n',
  yaml: '\na: [1, 2\n',
  bash: '\nif true; then\n',
  eslint: '\nvar added = 1;\n',
};

/** Documents of this repository have none, fixtures included. */
const DEAD_LINKS = '\n## Gone\n\nSee [nothing](missing.md).\n\n![picture](images/lamp.png)\n';

const TSCONFIG = {
  compilerOptions: { target: 'ES2022', module: 'ESNext', moduleResolution: 'Bundler', jsx: 'react-jsx', strict: true, noEmit: true, skipLibCheck: true, types: ['react'] },
  include: ['src'],
};

/**
 * name, language (as in `/lsp/{ws}/{language}`), how to make the directory, and the documents that are opened. `words` finds what a
 * person would point at.
 */
export const PROJECTS = [
  {
    name: 'python',
    language: 'python',
    words: /[A-Za-z_]\w+/g,
    documents: ['pylib/gyp/common.py', 'pylib/packaging/version.py'],
    create: (directory) => cpSync(join(packages, 'node-gyp/gyp'), directory, { recursive: true, filter: (path) => !path.includes('__pycache__') }),
  },
  {
    name: 'requests',
    language: 'python',
    words: /[A-Za-z_]\w+/g,
    documents: ['requests/sessions.py', 'requests/adapters.py'],
    needs: '/usr/lib/python3/dist-packages/requests',
    hint: 'python3-requests',
    create: (directory) => cpSync('/usr/lib/python3/dist-packages/requests', join(directory, 'requests'), { recursive: true, filter: (path) => !path.includes('__pycache__') }),
  },
  {
    name: 'typescript',
    language: 'typescript',
    words: /[A-Za-z_$][\w$]+/g,
    documents: ['src/HydrationBoundary.tsx', 'src/useQueries.ts', 'src/useBaseQuery.ts'],
    create: (directory) => {
      for (const name of ['@tanstack/query-core', '@types/react', 'csstype', 'react']) {
        cpSync(join(packages, name), join(directory, 'node_modules', name), { recursive: true });
      }
      cpSync(join(packages, '@tanstack/react-query/src'), join(directory, 'src'), { recursive: true });
      writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(TSCONFIG, null, 2));
      writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'react-query', private: true }));
    },
  },
  { name: 'json', language: 'json', words: /[\w$]+/g },
  { name: 'html', language: 'html', words: /[A-Za-z][\w-]+/g },
  { name: 'css', language: 'css', words: /[A-Za-z-][\w-]+/g },
  {
    name: 'markdown',
    language: 'markdown',
    words: /[\w#./-]+/g,
    create: (directory) => {
      cpSync(here('fixtures/markdown'), directory, { recursive: true });
      appendFileSync(join(directory, 'index.md'), DEAD_LINKS);
    },
  },
  { name: 'yaml', language: 'yaml', words: /[\w-]+/g, only: /\.yaml$/ },
  { name: 'bash', language: 'bash', words: /[A-Za-z_]\w+/g },
  { name: 'eslint', language: 'eslint', words: /[A-Za-z_]\w+/g, only: /\.js$/, isAuxiliary: true },
];

/** Why a project cannot be opened on this machine; null when it can. */
export const missing = (project) => (project.needs && !existsSync(project.needs) ? `${project.needs} is missing (Debian: apt install ${project.hint})` : null);

/** Creates a project's directory; gives its documents: { path, uri, languageId, version, text, mistake }. */
export function create(project, directory) {
  mkdirSync(directory, { recursive: true });
  if (project.create) project.create(directory);
  else cpSync(here(`fixtures/${project.name}`), directory, { recursive: true });
  const paths = project.documents ?? filesOf(directory).filter((path) => extname(path) in LANGUAGE_IDS && !path.startsWith('other') && (project.only ?? /./).test(path) && !path.endsWith('.config.js'));
  return paths.map((path) => ({
    path,
    uri: pathToFileURL(join(directory, path)).href,
    languageId: LANGUAGE_IDS[extname(path)],
    version: 1,
    text: readFileSync(join(directory, path), 'utf8'),
    mistake: MISTAKES[project.language],
  }));
}

/** A document of another language, which a client of `/ws` has open too. */
export function createOther(project, directory) {
  const [name, text, languageId] = project.language === 'css' ? ['other.json', '{ "colour": "#ff0000" }\n', 'json'] : ['other.css', 'a.other { color: #ff0000; }\n', 'css'];
  const file = join(directory, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return { path: name, uri: pathToFileURL(file).href, languageId, version: 1, text };
}

const filesOf = (directory) => readdirSync(directory, { recursive: true, withFileTypes: false }).sort();
