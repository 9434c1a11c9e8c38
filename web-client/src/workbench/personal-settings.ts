import { ApiError, type SettingList } from '@qide/client';
import { getService, IConfigurationService, IFileService } from '@codingame/monaco-vscode-api';
import { VSBuffer } from '@codingame/monaco-vscode-api/vscode/vs/base/common/buffer';
import { URI } from '@codingame/monaco-vscode-api/vscode/vs/base/common/uri';
import { ConfigurationTarget } from '@codingame/monaco-vscode-api/vscode/vs/platform/configuration/common/configuration';
import * as vscode from 'vscode';
import { request } from '../api.js';
import { SettingCopies, type Choice, type LocalSettings, type ServerSettings, type StoredSetting } from './setting-copies.js';

/** The delay between a change of a setting here and its storage on the server. */
const STORE_MILLISECONDS = 500;
/** The folder of the workbench's user data, which this browser keeps. */
const USER = URI.from({ scheme: 'vscode-userdata', path: '/User' });
/** What belongs to a person: not the state of views, which belongs to a browser. */
const PERSONAL = /^(settings\.json|keybindings\.json|snippets\/[\w.-]+)$/;
const ALWAYS = ['settings.json', 'keybindings.json'];
const OWNER = 'qide.settingsOf';

/** A person's settings, keys and snippets: the server has them, this browser a copy, so that the page starts with them. */
export class PersonalSettings {
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private copies: SettingCopies | undefined;

  constructor(private readonly person: string) {}

  start(): Promise<void> {
    return this.begin().catch((error: unknown) => this.failed(error));
  }

  /** A setting of this person was stored, here or in another browser, or deleted (no `etag`). */
  async changedOnServer(name: string, etag: string | undefined): Promise<void> {
    if (!PERSONAL.test(name)) return;
    await this.copies?.compare(name, etag).catch((error: unknown) => this.failed(error));
  }

  private async begin(): Promise<void> {
    const files = await getService(IFileService);
    const copies = new SettingCopies(new UserFiles(files), onServer, localStorage, choose);
    await this.forgetOthers(files, copies);
    const configuration = await getService(IConfigurationService);
    // Once, in its first idle moment, the workbench reads its files again and then applies the settings that it had before this
    // reading. With this reload that has happened before the first change below, and the second one applies what was changed.
    await configuration.reloadConfiguration(ConfigurationTarget.USER_LOCAL);
    const { settings } = (await (await request('api/me/settings')).json()) as SettingList;
    const etags = new Map(settings.map(({ name, etag }) => [name, etag]));
    this.copies = copies;
    files.onDidFilesChange((event) => {
      for (const resource of [...event.rawAdded, ...event.rawUpdated, ...event.rawDeleted]) this.changed(resource);
    });
    const names = [...new Set([...ALWAYS, ...copies.names(), ...etags.keys()])].filter((name) => PERSONAL.test(name));
    // Side by side: a question about one, or an error, does not hold the others up.
    await Promise.all(names.map((name) => copies.begin(name, etags.get(name)).catch((error: unknown) => this.failed(error))));
    await configuration.reloadConfiguration(ConfigurationTarget.USER_LOCAL);
  }

  /** Another person's settings in this browser are not this person's. */
  private async forgetOthers(files: IFileService, copies: SettingCopies): Promise<void> {
    if (localStorage.getItem(OWNER) !== this.person) {
      copies.forgetAll();
      for (const name of [...ALWAYS, 'snippets']) {
        const file = URI.joinPath(USER, name);
        if (await files.exists(file)) await files.del(file, { recursive: true });
      }
    }
    localStorage.setItem(OWNER, this.person);
  }

  private changed(resource: URI): void {
    if (resource.scheme !== USER.scheme || !resource.path.startsWith(`${USER.path}/`)) return;
    const name = resource.path.slice(USER.path.length + 1);
    if (!PERSONAL.test(name)) return;
    clearTimeout(this.timers.get(name));
    this.timers.set(name, setTimeout(() => void this.copies?.changedHere(name).catch((error: unknown) => this.failed(error)), STORE_MILLISECONDS));
  }

  private failed(error: unknown): void {
    if (error instanceof ApiError) void vscode.window.showWarningMessage(`Your settings are only in this browser: ${error.message}`);
    else reportError(error);
  }
}

/** The workbench's own files of settings. */
class UserFiles implements LocalSettings {
  constructor(private readonly files: IFileService) {}

  async read(name: string): Promise<string | null> {
    const file = URI.joinPath(USER, name);
    return (await this.files.exists(file)) ? (await this.files.readFile(file)).value.toString() : null;
  }

  async write(name: string, text: string | null): Promise<void> {
    const file = URI.joinPath(USER, name);
    if (text === null) await this.files.del(file);
    else await this.files.writeFile(file, VSBuffer.fromString(text));
  }
}

const onServer: ServerSettings = {
  async read(name: string): Promise<StoredSetting | null> {
    try {
      const response = await request(address(name));
      return { etag: etagOf(response), text: await response.text() };
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  },

  async write(name: string, text: string | null, etag: string | null): Promise<StoredSetting | null | 'conflict'> {
    const condition: Record<string, string> = etag === null ? { 'If-None-Match': '*' } : { 'If-Match': etag };
    try {
      if (text === null) {
        await request(address(name), { method: 'DELETE', headers: condition });
        return null;
      }
      const headers = { 'Content-Type': 'text/plain; charset=utf-8', ...condition };
      return { etag: etagOf(await request(address(name), { method: 'PUT', headers, body: text })), text };
    } catch (error) {
      if (error instanceof ApiError && error.failure === 'precondition-failed') return 'conflict';
      throw error;
    }
  },
};

/** Another browser of this person stored another version. */
async function choose(name: string): Promise<Choice> {
  const answer = await vscode.window.showWarningMessage(`You changed ${name} in another browser too.`, 'Take That Version', 'Keep This Version');
  if (answer === undefined) return undefined;
  return answer === 'Keep This Version' ? 'browser' : 'server';
}

function etagOf(response: Response): string {
  return response.headers.get('ETag') ?? '';
}

function address(name: string): string {
  return `api/me/settings/${name.split('/').map(encodeURIComponent).join('/')}`;
}
