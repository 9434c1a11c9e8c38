// What a person does in a published project: see project.mjs.

/**
 * The plans, by the name of the project. Lines are counted from 1 and words are found by their first occurrence; `at` is a line of the
 * file after which something is typed.
 */
export const PLANS = {
  requests: {
    language: 'python',
    folder: 'requests',
    file: 'requests/sessions.py',
    symbol: 'to_native_string',
    defined: 'to_native_string',
    renamed: 'native_text',
    completed: ['os.path.'],
    mistake: { text: 'unused = OrderdDict()', words: 'OrderdDict' },
    at: 9,
    comment: '#',
    added: { file: 'requests/extra.py', text: 'def added(): pass\n', line: 'from .extra import added', words: '.extra' },
    package: { line: 'import idna', words: 'idna', add: 'cp -r /usr/lib/python3/dist-packages/idna .venv/lib/python3*/site-packages/' },
    searched: 'rebuild_method',
  },
  zod: {
    language: 'typescript',
    folder: 'src',
    file: 'src/v4/core/checks.ts',
    symbol: '$ZodCheck:',
    defined: 'MaybeAsync',
    renamed: '$ZodTest',
    completed: ['util.', '$ZodCheckL'],
    imported: { typed: 'globalRegistr', name: 'globalRegistry' },
    mistake: { text: 'export const unused: boolean = util.nulish(1);', words: 'nulish' },
    at: 7,
    comment: '//',
    added: { file: 'src/v4/core/extra.ts', text: 'export const added = 1;\n', line: 'import { added } from "./extra.js";', words: './extra.js' },
    // With the package that is there already, which npm would otherwise remove.
    package: { line: 'import { nanoid } from "nanoid";', words: 'nanoid', add: 'npm install --silent --no-audit --no-fund --no-save typescript@5.9.3 nanoid@5.1.12' },
    searched: 'finalizeIssue',
  },
};
