import type { TeamChatMessage, WorkspaceShares } from '@qide/client';
import type { Terminals } from '@qide/client/terminals';
import type { Member, Place } from './members/members.js';
import type { Draft } from './team-chat/conversation.js';

/** What the features need from where they run: the browser IDE, or VS Code with a connection of its own. */
export interface Host {
  /** The name of the workspace. */
  readonly workspace: string;
  /** The stable id of the person. */
  readonly personId: string;
  /** Whether the person may change files, and so write to the team chat. */
  readonly isEditor: boolean;
  /** Whether the person may make links for guests. */
  readonly mayShare: boolean;
  readonly members: MemberSource;
  readonly shares: WorkspaceShares;
  readonly teamChat: TeamChatServer;
  readonly terminals: Terminals;
  /** Maps text typed in a terminal to the terminal's input; by default it is the same. */
  readonly terminalInput?: (typed: string) => string;
  /** Whether the host has registered the profile of terminals itself, before there was a workspace. */
  readonly hasTerminalProfile?: boolean;
  /**
   * Whether terminals are those of Eclipse Theia: every window has a shell of Theia's machine, a new terminal is nowhere in the window
   * until it is shown, `close` of a pseudoterminal never means that the window was closed, and a terminal that the profile opened does
   * not say which pseudoterminal it has.
   */
  readonly hasTheiaTerminals?: boolean;
  /** Whether the person may use terminals of the workspace. */
  mayUseTerminals(): Promise<boolean>;
  /** Opens the file of a member and shows their caret there. */
  jump(member: Member, place: Place): Promise<void>;
  /** Shows the team chat in the view `qide.teamChat`; calls `shown` each time that the view is created. */
  provideTeamChatView(conversation: ShownConversation, shown: (view: TeamChatView) => Disposable): void;
}

/** The team chat as its view shows it. */
export interface ShownConversation {
  readonly messages: readonly TeamChatMessage[];
  readonly drafts: readonly Draft[];
  /** Whether the server has messages before the first one. */
  readonly hasEarlier: boolean;
  /** Why the messages could not be read; null if they were. */
  readonly problem: string | null;
  send(text: string): Promise<void>;
  sendAgain(draft: Draft): Promise<void>;
  discard(draft: Draft): void;
  readEarlier(): Promise<void>;
  /** The view became visible, or is no longer. */
  show(isShown: boolean): void;
}

/** The view of the team chat. */
export interface TeamChatView extends Disposable {
  /** Shows the conversation as it is now. */
  update(): void;
  /** Moves the keyboard focus to the field for a new message. */
  focus(): void;
}

export interface Disposable {
  dispose(): void;
}

/** The people in the workspace now. */
export interface MemberSource {
  /** This person first. */
  readonly members: readonly Member[];
  /** Calls back when the members or their files have changed. */
  subscribe(listener: () => void): void;
  /** Calls back when anybody's caret may have moved. */
  subscribeCarets(listener: () => void): void;
}

/** The team chat, `qide/teamChat…` of the protocol. Failures are errors with a sentence as message. */
export interface TeamChatServer {
  /** Sends a request of the protocol. */
  request(method: string, params: object): Promise<unknown>;
  /** Calls back with each `qide/teamChatMessage`. */
  subscribe(listener: (message: TeamChatMessage) => void): void;
  /** Calls back when a connection is ready: at once if there is one, and after each reconnect. */
  subscribeReady(listener: () => void): void;
}
