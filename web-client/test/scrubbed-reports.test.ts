import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scrubbed } from '../src/error-reports/scrubbed.js';

const SECRET = 'confidential';

test('a report keeps classes and positions, and nothing that a person wrote or opened', () => {
  const report = {
    event_id: 'e',
    timestamp: 1,
    environment: 'test',
    release: 'qide@1',
    sdk: { name: 'sdk', version: '1', integrations: [SECRET], packages: [{ name: SECRET, version: '1' }], settings: { infer_ip: 'auto' as const } },
    message: SECRET,
    transaction: SECRET,
    user: { id: SECRET },
    tags: { a: SECRET },
    extra: { a: SECRET },
    contexts: { a: { b: SECRET } },
    breadcrumbs: [{ message: SECRET }],
    request: { url: `https://ide.example/?workspace=${SECRET}#token=${SECRET}`, headers: { Referer: SECRET } },
    exception: {
      values: [
        {
          type: 'TypeError',
          value: SECRET,
          mechanism: { type: 'onerror', handled: false, data: { a: SECRET } },
          stacktrace: {
            frames: [
              { filename: `https://ide.example/q/assets/index-abc.js?${SECRET}`, function: 'f', lineno: 3, colno: 4, context_line: SECRET, vars: { a: SECRET } },
              { filename: `https://ide.example/?workspace=${SECRET}`, function: 'g', lineno: 1, colno: 2 },
              { filename: `qide:/demo/${SECRET}.js` },
            ],
          },
        },
        { type: `No identifier: ${SECRET}`, value: SECRET },
      ],
    },
  };

  const sent = scrubbed(report);

  assert.ok(!JSON.stringify(sent).includes(SECRET), JSON.stringify(sent));
  const [first, second] = sent.exception!.values!;
  assert.equal(first!.type, 'TypeError');
  assert.deepEqual(
    first!.stacktrace!.frames!.map(({ filename, lineno }) => [filename, lineno]),
    [['assets/index-abc.js', 3], ['page', 1], ['page', undefined]],
  );
  assert.equal(second!.type, 'Error');
  assert.deepEqual([sent.environment, sent.release], ['test', 'qide@1']);
  assert.deepEqual(sent.sdk, { name: 'sdk', version: '1', settings: { infer_ip: 'never' } });
});

test('a report without an exception has none', () => {
  assert.deepEqual(scrubbed({}).exception, { values: [] });
});
