import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ServerApi } from '@qide/client';
import { addressIn, nameOf } from '../src/desktop/servers.js';

describe('the address of a server', () => {
  for (const [given, address, token] of [
    ['http://localhost:8080/#token=abc', 'http://localhost:8080/', 'abc'],
    [' localhost:8080 ', 'http://localhost:8080/', null],
    ['[::1]:8080', 'http://[::1]:8080/', null],
    ['ide.example.org', 'https://ide.example.org/', null],
    ['https://example.org/ide/w/demo/src/main.py#token=x-_y', 'https://example.org/ide/', 'x-_y'],
    ['https://example.org/ide/account.html', 'https://example.org/ide/', null],
    ['localhost.example.org', 'https://localhost.example.org/', null],
  ] as const) {
    it(`is read from ${given}`, () => assert.deepEqual(addressIn(given), { address, token }));
  }

  for (const given of ['', 'ftp://example.org/', 'file:///etc/passwd', 'javascript:alert(1)', 'https://']) {
    it(`is not in “${given}”`, () => assert.equal(addressIn(given), null));
  }

  it('becomes the name of a server, with the path that a proxy added', () => {
    assert.equal(nameOf(new ServerApi('https://example.org/', 't')), 'example.org');
    assert.equal(nameOf(new ServerApi('https://example.org/ide/', 't')), `example.org+${Buffer.from('ide').toString('hex')}`);
  });
});
