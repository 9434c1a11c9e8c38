import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { SettingCopies, type Choice, type StoredSetting } from '../src/workbench/setting-copies.js';

const NAME = 'settings.json';

/** What the server does with settings and conditions, and a hook that runs while it works on a request. */
class Server {
  stored: StoredSetting | null = null;
  writes = 0;
  meanwhile: (() => void) | undefined;
  reachable = true;
  private version = 0;

  put(text: string): string {
    this.version += 1;
    this.stored = { etag: `"${this.version}"`, text };
    return this.stored.etag;
  }

  async read(): Promise<StoredSetting | null> {
    const answer = this.stored;
    await this.work();
    return answer;
  }

  async write(_name: string, text: string | null, etag: string | null): Promise<StoredSetting | null | 'conflict'> {
    await this.work();
    if ((this.stored?.etag ?? null) !== etag) return 'conflict';
    this.writes += 1;
    if (text === null) this.stored = null;
    else this.put(text);
    return this.stored;
  }

  private async work(): Promise<void> {
    if (!this.reachable) throw new Error('unreachable');
    const hook = this.meanwhile;
    this.meanwhile = undefined;
    await Promise.resolve();
    hook?.();
  }
}

class Memory {
  private readonly items = new Map<string, string>();
  constructor(private readonly limit = Infinity) {}

  get length(): number {
    return this.items.size;
  }
  key(index: number): string | null {
    return [...this.items.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    if (value.length > this.limit) throw new Error('QuotaExceededError');
    this.items.set(key, value);
  }
  removeItem(key: string): void {
    this.items.delete(key);
  }
}

class Browser {
  text: string | null = null;
  choice: Choice;
  questions = 0;
  isReadOnly = false;
  copies: SettingCopies;

  constructor(
    private readonly server: Server,
    private readonly memory = new Memory(),
  ) {
    this.copies = this.begin();
  }

  begin(): SettingCopies {
    const files = { read: async () => this.text, write: async (_name: string, text: string | null) => this.write(text) };
    this.copies = new SettingCopies(files, this.server, this.memory, async () => {
      this.questions += 1;
      return this.choice;
    });
    return this.copies;
  }

  private write(text: string | null): void {
    if (this.isReadOnly) throw new Error('read-only');
    this.text = text;
  }

  change(text: string | null): Promise<void> {
    this.text = text;
    return this.copies.changedHere(NAME);
  }
}

describe('SettingCopies', () => {
  let server: Server;
  let ann: Browser;

  beforeEach(async () => {
    server = new Server();
    ann = new Browser(server);
    await ann.copies.compare(NAME, server.stored?.etag);
  });

  it('stores a change, and follows one of another browser', async () => {
    await ann.change('a');
    assert.equal(server.stored?.text, 'a');
    await ann.copies.compare(NAME, server.put('b'));
    assert.equal(ann.text, 'b');
    server.stored = null;
    await ann.copies.compare(NAME, undefined);
    assert.equal(ann.text, null);
    assert.equal(ann.questions, 0);
  });

  it('keeps a change that is made while the text of before is loaded', async () => {
    await ann.change('{}');
    const etag = server.put('{ }');
    server.meanwhile = () => (ann.text = 'changed');
    ann.choice = 'browser';
    await ann.copies.compare(NAME, etag);
    assert.deepEqual([ann.text, server.stored?.text, ann.questions], ['changed', 'changed', 1]);
  });

  it('does not load what it has stored itself', async () => {
    const storing = ann.change('a');
    server.meanwhile = () => void ann.copies.compare(NAME, '"1"');
    await storing;
    server.read = () => assert.fail('it loads');
    await ann.begin().compare(NAME, '"1"');
    await ann.copies.compare(NAME, '"1"');
    assert.equal(ann.questions, 0);
  });

  it('stores a change during a request after it, under the version that it answers', async () => {
    server.meanwhile = () => void ann.change('second');
    await ann.change('first');
    await ann.copies.changedHere(NAME);
    assert.deepEqual([server.stored?.text, server.writes, ann.questions], ['second', 2, 0]);
  });

  it('stores at its next start what the server could not be told', async () => {
    await ann.change('a');
    server.reachable = false;
    await assert.rejects(ann.change('offline'));
    server.reachable = true;
    await ann.begin().compare(NAME, server.stored?.etag);
    assert.deepEqual([ann.text, server.stored?.text], ['offline', 'offline']);
  });

  it('asks if both changed, and does as it is told', async () => {
    for (const [choice, text] of [['server', 'there'], ['browser', 'here']] as const) {
      await ann.change('common');
      server.put('there');
      ann.choice = choice;
      await ann.change('here');
      assert.deepEqual([ann.text, server.stored?.text], [text, text]);
    }
    assert.equal(ann.questions, 2);
  });

  it('leaves both as they are without a choice, and asks again after the next change', async () => {
    await ann.change('common');
    server.put('there');
    await ann.change('here');
    assert.deepEqual([ann.text, server.stored?.text], ['here', 'there']);
    await ann.change('here too');
    assert.equal(ann.questions, 2);
  });

  it('follows the server in a browser that it sees for the first time', async () => {
    server.put('known');
    const fresh = new Browser(server);
    fresh.text = '{\n}';
    await fresh.copies.compare(NAME, server.stored?.etag);
    assert.deepEqual([fresh.text, fresh.questions], ['known', 0]);
    assert.deepEqual(fresh.copies.names(), [NAME]);
    fresh.copies.forgetAll();
    assert.deepEqual(fresh.copies.names(), []);
  });

  it('follows the server if its own file was lost', async () => {
    await ann.change('known');
    ann.text = null;
    await ann.begin().begin(NAME, server.stored?.etag);
    assert.deepEqual([ann.text, server.stored?.text, ann.questions], ['known', 'known', 0]);
  });

  it('does not store the old text again if the new one could not be written', async () => {
    await ann.change('old');
    const etag = server.put('new');
    ann.isReadOnly = true;
    await assert.rejects(ann.copies.compare(NAME, etag));
    ann.isReadOnly = false;
    await ann.begin().begin(NAME, etag);
    assert.deepEqual([ann.text, server.stored?.text], ['new', 'new']);
  });

  it('knows common versions for which the browser has no space', async () => {
    const small = new Browser(server, new Memory(10));
    await small.copies.compare(NAME, server.stored?.etag);
    await small.change('a text that is too long');
    await small.change('another text that is too long');
    assert.deepEqual([server.stored?.text, server.writes, small.questions], ['another text that is too long', 2, 0]);
  });
});
