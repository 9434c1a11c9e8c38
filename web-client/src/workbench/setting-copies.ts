/** A setting on the server. */
export interface StoredSetting {
  readonly etag: string;
  readonly text: string;
}

/** The settings in this browser. `null`: there is none of that name. */
export interface LocalSettings {
  read(name: string): Promise<string | null>;
  write(name: string, text: string | null): Promise<void>;
}

/** The person's settings on the server. `null`: there is none of that name. */
export interface ServerSettings {
  read(name: string): Promise<StoredSetting | null>;
  /**
   * Stores a text, or deletes the setting, if the server still has the version `etag` (`null`: still has none).
   *
   * @returns what is stored now, or `conflict` if the server has another version
   */
  write(name: string, text: string | null, etag: string | null): Promise<StoredSetting | null | 'conflict'>;
}

/** The choice of a person who changed one setting in two browsers; `undefined`: none yet. */
export type Choice = 'server' | 'browser' | undefined;

const KEY = 'qide.setting.';

/**
 * Keeps a person's settings in this browser equal to those on the server.
 *
 * It remembers the version that both last had in common. Only one of them changed since: the other one follows. Both
 * changed: the person chooses. So no change is lost, also if it is made while a request is under way, or while the server
 * does not answer: the next start of the page stores it. One name is treated at a time, different names side by side.
 */
export class SettingCopies {
  private readonly turns = new Map<string, Promise<void>>();
  /** Common versions for which the memory has no space. */
  private readonly large = new Map<string, StoredSetting | null>();

  /** @param memory keeps the common versions from one start of the page to the next, for all pages of the browser */
  constructor(
    private readonly browser: LocalSettings,
    private readonly server: ServerSettings,
    private readonly memory: Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>,
    private readonly choose: (name: string) => Promise<Choice>,
  ) {}

  /**
   * Takes over what another browser stored, and stores what this one did not. Rejects if the server cannot be asked.
   *
   * @param etag the version that the server has now; `undefined`: none
   */
  compare(name: string, etag: string | undefined): Promise<void> {
    return this.inTurn(name, () => this.compareNow(name, etag));
  }

  /** The same at the start of the page: what this browser does not have then, it has lost; the person did not delete it. */
  begin(name: string, etag: string | undefined): Promise<void> {
    return this.inTurn(name, async () => {
      const isLost = etag !== undefined && (await this.browser.read(name)) === null;
      if (isLost) await this.follow(name, await this.server.read(name));
      else await this.compareNow(name, etag);
    });
  }

  /** Stores this browser's text, unless the server has it. Rejects if the server cannot be asked or refuses. */
  changedHere(name: string): Promise<void> {
    return this.inTurn(name, () => this.store(name));
  }

  /** The settings of which a common version is known. */
  names(): string[] {
    const keys = Array.from({ length: this.memory.length }, (_, index) => this.memory.key(index) ?? '');
    return keys.filter((key) => key.startsWith(KEY)).map((key) => key.slice(KEY.length));
  }

  /** Forgets all common versions: what is in this browser is another person's. */
  forgetAll(): void {
    for (const name of this.names()) this.memory.removeItem(KEY + name);
  }

  private inTurn(name: string, task: () => Promise<void>): Promise<void> {
    const turn = (this.turns.get(name) ?? Promise.resolve()).then(task);
    this.turns.set(name, turn.catch(() => undefined));
    return turn;
  }

  private async compareNow(name: string, etag: string | undefined): Promise<void> {
    const common = this.common(name);
    if (common !== undefined && common?.etag === etag) await this.store(name);
    else await this.settle(name, etag === undefined ? null : await this.server.read(name));
  }

  private async store(name: string): Promise<void> {
    const text = await this.browser.read(name);
    const common = this.common(name) ?? null;
    if (text === (common?.text ?? null)) return;
    const stored = await this.server.write(name, text, common?.etag ?? null);
    if (stored === 'conflict') await this.settle(name, await this.server.read(name));
    else this.remember(name, stored);
  }

  private async settle(name: string, onServer: StoredSetting | null): Promise<void> {
    const common = this.common(name);
    const text = await this.browser.read(name);
    if (text === (onServer?.text ?? null)) return this.remember(name, onServer);
    if (onServer?.etag === common?.etag) return this.store(name);
    // A browser that has nothing in common with the server yet follows it.
    if (common === undefined || text === (common?.text ?? null)) return this.follow(name, onServer);
    const choice = await this.choose(name);
    if (choice === 'server') return this.follow(name, onServer);
    if (choice === undefined) return;
    this.remember(name, onServer);
    await this.store(name);
  }

  private async follow(name: string, onServer: StoredSetting | null): Promise<void> {
    // In this order: with the old text and the new version in common, the old text would be stored as this browser's change.
    await this.browser.write(name, onServer?.text ?? null);
    this.remember(name, onServer);
  }

  /** @returns `null`: both last had no such setting; `undefined`: nothing is known */
  private common(name: string): StoredSetting | null | undefined {
    const json = this.memory.getItem(KEY + name);
    return json === null ? this.large.get(name) : (JSON.parse(json) as StoredSetting | null);
  }

  private remember(name: string, setting: StoredSetting | null): void {
    this.large.delete(name);
    try {
      this.memory.setItem(KEY + name, JSON.stringify(setting));
    } catch {
      this.memory.removeItem(KEY + name);
      this.large.set(name, setting);
    }
  }
}
