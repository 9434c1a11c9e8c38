import type { UsageList } from '@qide/client';
import type { ChangeSets } from 'qide-vscode/chat/change-sets.js';
import type { AnswerCode, ChatHost, ChatTransport, ColouredText } from 'qide-vscode/chat/chat-host.js';
import { EditorContext } from 'qide-vscode/chat/editor-context.js';
import * as vscode from 'vscode';
import { request } from '../../api.js';
import type { WorkspaceUris } from '../../workspace-uri.js';
import type { Changes } from './changes.js';
import { colour } from './colour.js';

/** Files that the choice of attachments lists. */
const MOST_FILES = 5_000;

/** The workbench of the page as the surroundings of the chat. */
export class PageHost extends EditorContext implements ChatHost {
  constructor(
    readonly transport: ChatTransport,
    uris: WorkspaceUris,
    readonly memory: ChatHost['memory'],
    private readonly changes: Changes,
    readonly changeSets: ChangeSets,
    private readonly canEdit: () => boolean,
  ) {
    super({
      uriOf: (path) => vscode.Uri.from(uris.of(path)),
      pathOf: (uri) => uris.pathOf(uri),
      paths: async () => (await vscode.workspace.findFiles('**/*', undefined, MOST_FILES)).flatMap((uri) => uris.pathOf(uri) ?? []),
    });
  }

  get mayEdit(): boolean {
    return this.canEdit();
  }

  showChange(changeSet: string): Promise<string | null> {
    return this.changes.show(changeSet);
  }

  async usage(): Promise<UsageList> {
    return (await (await request('api/usage')).json()) as UsageList;
  }

  apply(code: AnswerCode): Promise<string | null> {
    return this.changes.apply(code);
  }

  colour({ text, language }: AnswerCode): Promise<readonly (readonly ColouredText[])[] | null> {
    return colour(text, language);
  }
}
