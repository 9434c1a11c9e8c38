import { ApiError, type SettingList } from '@qide/client';
import { getService, IFileService } from '@codingame/monaco-vscode-api';
import { VSBuffer } from '@codingame/monaco-vscode-api/vscode/vs/base/common/buffer';
import { URI } from '@codingame/monaco-vscode-api/vscode/vs/base/common/uri';
import * as vscode from 'vscode';
import { request } from '../api.js';

/** The delay between a change of a setting here and its storage on the server. */
const STORE_MILLISECONDS = 500;
/** The folder of the workbench's user data, which this browser keeps. */
const USER = URI.from({ scheme: 'vscode-userdata', path: '/User' });
/** What belongs to a person: not the state of views, which belongs to a browser. */
const PERSONAL = /^(settings\.json|keybindings\.json|snippets\/[\w.-]+)$/;
const OWNER = 'qide.settingsOf';

/**
 * A person's settings, keys and snippets: the server has them, this browser a copy, so that the page starts with them.
 *
 * A change here is stored under the version that was read last. If another browser stored one meanwhile, the person
 * chooses; nothing is overwritten unasked.
 */
export class PersonalSettings {
  /** The version and the text that the server and this browser last had in common. */
  private readonly common = new Map<string, { readonly etag: string; readonly text: string }>();
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private files: IFileService | undefined;

  constructor(private readonly person: string) {}

  start(): Promise<void> {
    return this.begin().catch((error: unknown) => this.failed(error));
  }

  /** Another browser of this person stored a setting; a version that was changed here too is not replaced unasked. */
  async changedElsewhere(name: string): Promise<void> {
    if (!this.files || !PERSONAL.test(name)) return;
    const text = await this.local(name);
    if (text === (this.common.get(name)?.text ?? null)) await this.load(name).catch((error: unknown) => this.failed(error));
  }

  private async begin(): Promise<void> {
    const files = await getService(IFileService);
    this.files = files;
    await this.forgetOthers(files);
    const { settings } = (await (await request('api/me/settings')).json()) as SettingList;
    for (const { name } of settings) if (PERSONAL.test(name)) await this.load(name);
    files.onDidFilesChange((event) => {
      for (const resource of [...event.rawAdded, ...event.rawUpdated, ...event.rawDeleted]) this.changed(resource);
    });
    for (const name of ['settings.json', 'keybindings.json']) this.storeSoon(name);
  }

  /** Another person's settings in this browser are not this person's. */
  private async forgetOthers(files: IFileService): Promise<void> {
    if (localStorage.getItem(OWNER) !== this.person) {
      for (const name of ['settings.json', 'keybindings.json', 'snippets']) {
        const file = URI.joinPath(USER, name);
        if (await files.exists(file)) await files.del(file, { recursive: true });
      }
    }
    localStorage.setItem(OWNER, this.person);
  }

  private async load(name: string): Promise<void> {
    const response = await request(address(name));
    const text = await response.text();
    this.common.set(name, { etag: response.headers.get('ETag') ?? '', text });
    if ((await this.local(name)) !== text) await this.files?.writeFile(URI.joinPath(USER, name), VSBuffer.fromString(text));
  }

  private async local(name: string): Promise<string | null> {
    const file = URI.joinPath(USER, name);
    return (await this.files?.exists(file)) ? (await this.files!.readFile(file)).value.toString() : null;
  }

  private changed(resource: URI): void {
    if (resource.scheme !== USER.scheme || !resource.path.startsWith(`${USER.path}/`)) return;
    const name = resource.path.slice(USER.path.length + 1);
    if (PERSONAL.test(name)) this.storeSoon(name);
  }

  private storeSoon(name: string): void {
    clearTimeout(this.timers.get(name));
    this.timers.set(name, setTimeout(() => void this.store(name).catch((error: unknown) => this.failed(error)), STORE_MILLISECONDS));
  }

  private async store(name: string): Promise<void> {
    const text = await this.local(name);
    const common = this.common.get(name);
    if (text === (common?.text ?? null)) return;
    const condition: Record<string, string> = common ? { 'If-Match': common.etag } : { 'If-None-Match': '*' };
    try {
      if (text === null) {
        await request(address(name), { method: 'DELETE', headers: condition });
        this.common.delete(name);
        return;
      }
      const headers = { 'Content-Type': 'text/plain; charset=utf-8', ...condition };
      const response = await request(address(name), { method: 'PUT', headers, body: text });
      this.common.set(name, { etag: response.headers.get('ETag') ?? '', text });
    } catch (error) {
      if (!(error instanceof ApiError) || error.failure !== 'precondition-failed') throw error;
      await this.ask(name, text);
    }
  }

  /** Another browser of this person stored another version. */
  private async ask(name: string, own: string | null): Promise<void> {
    const answer = await vscode.window.showWarningMessage(`You changed ${name} in another browser too.`, 'Take That Version', 'Keep This Version');
    if (answer === undefined) return;
    await this.load(name);
    if (answer !== 'Keep This Version' || own === null) return;
    await this.files?.writeFile(URI.joinPath(USER, name), VSBuffer.fromString(own));
    this.storeSoon(name);
  }

  private failed(error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    void vscode.window.showWarningMessage(`Your settings are only in this browser: ${error.message}`);
  }
}

function address(name: string): string {
  return `api/me/settings/${name.split('/').map(encodeURIComponent).join('/')}`;
}
