// Written from the Java records of protocol/wire; do not edit. `mvn -pl protocol/wire test
// -Dupdate.snapshots` writes it again.

export interface LoginRequest {
  readonly token: string;
}

export interface LoginOptionsProvider {
  readonly id: string;
  readonly name: string;
  readonly path: string;
}

export interface LoginOptions {
  readonly providers: readonly LoginOptionsProvider[];
}

export interface NewAccount {
  readonly provider: string;
}

export interface AccountLink {
  readonly url: string;
}

export interface Me {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly scopes: readonly string[];
}

export interface NewName {
  readonly name: string;
}

export interface SettingListSetting {
  readonly name: string;
  readonly etag: string;
  readonly size: number;
}

export interface SettingList {
  readonly settings: readonly SettingListSetting[];
}

export interface AccountListAccount {
  readonly provider: string;
  readonly email?: string;
  readonly linkedAt: string;
}

export interface AccountList {
  readonly accounts: readonly AccountListAccount[];
}

export interface AccountDeletion {
  readonly confirm: string;
}

export interface AuditPageEvent {
  readonly id: number;
  readonly at: string;
  readonly person?: string;
  readonly name?: string;
  readonly operation: string;
  readonly object: string;
  readonly address: string;
  readonly result: string;
}

export interface AuditPage {
  readonly events: readonly AuditPageEvent[];
  readonly next?: number;
}

export type NodeListState = 'active' | 'draining' | 'ended';

export interface NodeListLoad {
  readonly heapUsedBytes: number;
  readonly heapLimitBytes: number;
  readonly cpu: number;
}

export interface NodeListNode {
  readonly id: string;
  readonly url?: string;
  readonly state: NodeListState;
  readonly answering: boolean;
  readonly startedAt: string;
  readonly seenAt: string;
  readonly load: NodeListLoad;
  readonly workspaceCount: number;
  readonly workspaces: readonly string[];
}

export interface NodeList {
  readonly nodes: readonly NodeListNode[];
}

export type TokenListScope = 'edit' | 'read' | 'ai' | 'observe' | 'admin';

export interface NewToken {
  readonly name: string;
  readonly scopes: readonly TokenListScope[];
  readonly expiresInDays?: number;
}

export interface TokenListToken {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly TokenListScope[];
  readonly createdAt: string;
  readonly expiresAt: string;
}

export interface TokenCreated {
  readonly details: TokenListToken;
  readonly token: string;
}

export interface TokenList {
  readonly tokens: readonly TokenListToken[];
}

export interface SessionListSession {
  readonly id: string;
  readonly provider?: string;
  readonly agent: string;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  readonly current: boolean;
}

export interface SessionList {
  readonly sessions: readonly SessionListSession[];
}

export interface NewOrganisation {
  readonly name: string;
}

export interface OrganisationListOrganisation {
  readonly name: string;
  readonly owner: boolean;
}

export interface OrganisationList {
  readonly organisations: readonly OrganisationListOrganisation[];
}

export type MemberRoleRole = 'owner' | 'editor' | 'viewer';

export interface MemberListMember {
  readonly person: string;
  readonly name: string;
  readonly role: MemberRoleRole;
}

export interface MemberList {
  readonly members: readonly MemberListMember[];
}

export interface MemberRole {
  readonly role: MemberRoleRole;
}

export interface NewInvitation {
  readonly role: MemberRoleRole;
  readonly expiresInDays?: number;
}

export interface InvitationListInvitation {
  readonly id: string;
  readonly role: MemberRoleRole;
  readonly createdAt: string;
  readonly expiresAt: string;
}

export interface InvitationList {
  readonly invitations: readonly InvitationListInvitation[];
}

export interface InvitationCreated {
  readonly invitation: InvitationListInvitation;
  readonly link: string;
}

export type ShareListRole = 'view' | 'edit';

export interface NewShare {
  readonly role: ShareListRole;
  readonly expiresInDays?: number;
  readonly name?: string;
}

export interface ShareListShare {
  readonly id: string;
  readonly role: ShareListRole;
  readonly name: string;
  readonly sharedBy: string;
  readonly createdAt: string;
  readonly expiresAt: string;
}

export interface ShareCreated {
  readonly share: ShareListShare;
  readonly token: string;
  readonly link: string;
}

export interface ShareList {
  readonly shares: readonly ShareListShare[];
}

export interface Ticket {
  readonly ticket: string;
  readonly expiresIn: number;
}

export interface WorkspaceListWorkspace {
  readonly name: string;
  readonly role: MemberRoleRole;
  readonly managed: boolean;
  readonly trusted: boolean;
  readonly trustedAtStart: boolean;
  readonly terminals: boolean;
}

export interface WorkspaceList {
  readonly workspaces: readonly WorkspaceListWorkspace[];
  readonly sandboxed: boolean;
}

export interface NewWorkspace {
  readonly name: string;
  readonly template?: string;
}

export interface WorkspaceCreated {
  readonly name: string;
  readonly files: number;
  readonly skipped: readonly string[];
}

export interface TemplateListTemplate {
  readonly name: string;
  readonly about: string;
}

export interface TemplateList {
  readonly templates: readonly TemplateListTemplate[];
}

export type FileListKind = 'file' | 'folder' | 'other';

export interface FileListEntry {
  readonly path: string;
  readonly kind: FileListKind;
  readonly size: number;
  readonly ignored: boolean;
}

export interface FileList {
  readonly files: readonly FileListEntry[];
  readonly truncated: boolean;
}

export interface ZipMerged {
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly skipped: readonly string[];
}

export interface SearchResultMatch {
  readonly path: string;
  readonly line: number;
  readonly character: number;
  readonly length: number;
  readonly endLine: number;
  readonly endCharacter: number;
  readonly text: string;
  readonly textCharacter: number;
}

export interface SearchResult {
  readonly matches: readonly SearchResultMatch[];
  readonly files: number;
  readonly incomplete?: string;
}

export interface PathMatches {
  readonly paths: readonly string[];
  readonly truncated: boolean;
}

export interface FormattingStyle {
  readonly tabSize?: number;
  readonly insertSpaces?: boolean;
  readonly trimTrailingWhitespace?: boolean;
  readonly insertFinalNewline?: boolean;
}

export interface TextFormat {
  readonly lineEnd: string;
  readonly encoding: string;
  readonly hasByteOrderMark: boolean;
}

export type StatusParamsSeverity = 'info' | 'error';

export interface StatusParams {
  readonly language?: string;
  readonly component?: string;
  readonly message: string;
  readonly severity: StatusParamsSeverity;
}

export interface FileSavedParams {
  readonly path: string;
  readonly etag: string;
  readonly by: string;
}

export interface FileChangedParams {
  readonly path: string;
  readonly etag?: string;
  readonly movedTo?: string;
  readonly isNewFolder: boolean;
}

export interface TreeChangedParams {
  readonly path: string;
}

export interface PresenceParamsMember {
  readonly client: number;
  readonly id: string;
  readonly name: string;
}

export interface PresenceParams {
  readonly path: string;
  readonly members: readonly PresenceParamsMember[];
}

export interface AccessChangedParams {
  readonly canEdit: boolean;
}

export interface SettingChangedParams {
  readonly name: string;
  readonly etag?: string;
}

export interface DocumentPathParams {
  readonly clients: readonly number[];
}

export interface DocumentPathResult {
  readonly path?: string;
}

export interface TeamChatText {
  readonly text: string;
  readonly key?: string;
}

export interface TeamChatMessage {
  readonly id: number;
  readonly person: string;
  readonly name: string;
  readonly text: string;
  readonly sentAt: string;
}

export interface TeamChatRange {
  readonly before?: number;
  readonly limit?: number;
}

export interface TeamChatPage {
  readonly messages: readonly TeamChatMessage[];
  readonly more: boolean;
}

export interface ChatParamsContext {
  readonly path: string;
  readonly text: string;
}

export interface ChatParams {
  readonly conversation?: string;
  readonly create?: boolean;
  readonly text: string;
  readonly model?: string;
  readonly context?: readonly ChatParamsContext[];
  readonly tools?: boolean;
}

export interface ConversationResumeParams {
  readonly conversation: string;
  readonly after: number;
}

export type ChatDeltaParamsKind = 'text' | 'thinking' | 'tool';

export interface ToolUse {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  readonly result?: string;
  readonly isError: boolean;
}

export interface ChatDeltaParams {
  readonly conversation: string;
  readonly turn: string;
  readonly sequence: number;
  readonly kind: ChatDeltaParamsKind;
  readonly text: string;
  readonly tool?: ToolUse;
}

export type ChangeSetInfoState = 'proposed' | 'accepted' | 'rejected' | 'undone';

export interface ChangeSetInfoHunk {
  readonly number: number;
  readonly state: ChangeSetInfoState;
  readonly line: number;
  readonly before: string;
  readonly after: string;
}

export interface ChangeSetInfo {
  readonly changeSet: string;
  readonly path: string;
  readonly agent: string;
  readonly hunks: readonly ChangeSetInfoHunk[];
}

export interface ChangeSetList {
  readonly changeSets: readonly ChangeSetInfo[];
}

export type ChangeSetDecisionAction = 'accept' | 'reject' | 'undo';

export interface ChangeSetDecision {
  readonly changeSet: string;
  readonly hunks: readonly number[];
  readonly action: ChangeSetDecisionAction;
}

export interface ChangeSetProposal {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  readonly agent?: string;
}

export interface TerminalOpenParams {
  readonly columns: number;
  readonly rows: number;
  readonly folder?: string;
  readonly shell?: string;
}

export interface TerminalOpened {
  readonly terminal: string;
  readonly shell: string;
}

export interface TerminalAttachParams {
  readonly terminal: string;
  readonly after: number;
  readonly columns: number;
  readonly rows: number;
}

export interface TerminalAttached {
  readonly position: number;
  readonly input: number;
  readonly shell: string;
}

export interface TerminalInputParams {
  readonly terminal: string;
  readonly position: number;
  readonly text: string;
}

export interface TerminalResizeParams {
  readonly terminal: string;
  readonly columns: number;
  readonly rows: number;
}

export interface TerminalParams {
  readonly terminal: string;
}

export interface TerminalListEntry {
  readonly terminal: string;
  readonly shell: string;
  readonly folder: string;
  readonly attached: boolean;
}

export interface TerminalList {
  readonly terminals: readonly TerminalListEntry[];
}

export interface TerminalAckParams {
  readonly terminal: string;
  readonly position: number;
}

export interface TerminalOutputParams {
  readonly terminal: string;
  readonly position: number;
  readonly text: string;
}

export type TerminalExitParamsReason = 'exited' | 'closed' | 'limit' | 'access' | 'workspace' | 'moved' | 'abandoned' | 'server' | 'failed';

export interface TerminalExitParams {
  readonly terminal: string;
  readonly exitCode?: number;
  readonly reason: TerminalExitParamsReason;
  readonly message: string;
}

export type ChatResultStop = 'end' | 'length' | 'filter';

export interface ChatResult {
  readonly conversation: string;
  readonly turn: string;
  readonly model: string;
  readonly sequence: number;
  readonly stop: ChatResultStop;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface ConversationParams {
  readonly conversation: string;
}

export interface ConversationListEntry {
  readonly conversation: string;
  readonly title: string;
  readonly updatedAt: string;
}

export interface ConversationList {
  readonly conversations: readonly ConversationListEntry[];
  readonly models: readonly string[];
}

export type ConversationHistoryRole = 'user' | 'assistant';

export interface ConversationHistoryMessage {
  readonly role: ConversationHistoryRole;
  readonly text: string;
  readonly isWhole: boolean;
  readonly tools?: readonly ToolUse[];
}

export interface ConversationHistory {
  readonly conversation: string;
  readonly title: string;
  readonly messages: readonly ConversationHistoryMessage[];
}

export interface UsageListEntry {
  readonly day: string;
  readonly person: string;
  readonly workspace: string;
  readonly model: string;
  readonly purpose: string;
  readonly estimated: boolean;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
  readonly completionsShown: number;
  readonly completionsAccepted: number;
}

export interface UsageList {
  readonly entries: readonly UsageListEntry[];
  readonly truncated: boolean;
}

export interface OrganisationBudgetListEntry {
  readonly period: string;
  readonly tokens?: number;
  readonly cost?: number;
  readonly soft: number;
  readonly spentTokens: number;
  readonly spentCost: number;
  readonly isOfFile: boolean;
}

export interface OrganisationBudgetList {
  readonly budgets: readonly OrganisationBudgetListEntry[];
}

export interface NewOrganisationBudget {
  readonly tokens?: number;
  readonly cost?: number;
  readonly soft?: number;
}

export interface ModelListPrice {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

export interface ModelListEntry {
  readonly name: string;
  readonly provider: string;
  readonly url: string;
  readonly model: string;
  readonly purpose: readonly string[];
  readonly fallback: readonly string[];
  readonly price: ModelListPrice;
  readonly contextTokens?: number;
  readonly outputTokens: number;
  readonly concurrent: number;
  readonly fillIn: string;
  readonly local: boolean;
  readonly isOfFile: boolean;
  readonly hasKey: boolean;
}

export interface ModelList {
  readonly models: readonly ModelListEntry[];
}

export interface ModelKeyValue {
  readonly key: string;
}

export interface ModelKeyListEntry {
  readonly model: string;
  readonly provider: string;
  readonly isSet: boolean;
}

export interface ModelKeyList {
  readonly keys: readonly ModelKeyListEntry[];
}

export interface LocalModelsOnly {
  readonly isOn: boolean;
}

export type StatusReportState = 'up' | 'degraded' | 'down';

export interface StatusReportDay {
  readonly day: string;
  readonly up: number;
  readonly degraded: number;
  readonly down: number;
  readonly missing: number;
}

export interface StatusReportComponent {
  readonly name: string;
  readonly state: StatusReportState;
  readonly uptime?: number;
  readonly days: readonly StatusReportDay[];
}

export type IncidentState = 'investigating' | 'identified' | 'monitoring' | 'resolved';

export interface StatusReportUpdate {
  readonly at: string;
  readonly state: IncidentState;
  readonly text: string;
}

export interface StatusReportIncident {
  readonly id: string;
  readonly title: string;
  readonly startedAt: string;
  readonly updates: readonly StatusReportUpdate[];
}

export interface StatusReport {
  readonly state: StatusReportState;
  readonly at: string;
  readonly components: readonly StatusReportComponent[];
  readonly incidents: readonly StatusReportIncident[];
}

export interface NewIncident {
  readonly title: string;
  readonly state: IncidentState;
  readonly text: string;
}

export interface NewIncidentUpdate {
  readonly state: IncidentState;
  readonly text: string;
}

/** Our own notifications from the server, by method. */
export interface ServerNotifications {
  'qide/accessChanged': AccessChangedParams;
  'qide/changeSet': ChangeSetInfo;
  'qide/chatDelta': ChatDeltaParams;
  'qide/fileChanged': FileChangedParams;
  'qide/fileSaved': FileSavedParams;
  'qide/presence': PresenceParams;
  'qide/settingChanged': SettingChangedParams;
  'qide/status': StatusParams;
  'qide/teamChatMessage': TeamChatMessage;
  'qide/terminalExit': TerminalExitParams;
  'qide/terminalOutput': TerminalOutputParams;
  'qide/treeChanged': TreeChangedParams;
}

/** Our own requests to the server, by method. */
export interface ClientRequests {
  'qide/changeSetDecide': { readonly params: ChangeSetDecision; readonly result: ChangeSetInfo };
  'qide/changeSetList': { readonly params: Readonly<Record<string, never>>; readonly result: ChangeSetList };
  'qide/changeSetPropose': { readonly params: ChangeSetProposal; readonly result: ChangeSetInfo };
  'qide/chat': { readonly params: ChatParams; readonly result: ChatResult };
  'qide/conversationDelete': { readonly params: ConversationParams; readonly result: null };
  'qide/conversationHistory': { readonly params: ConversationParams; readonly result: ConversationHistory };
  'qide/conversationList': { readonly params: Readonly<Record<string, never>>; readonly result: ConversationList };
  'qide/conversationResume': { readonly params: ConversationResumeParams; readonly result: ChatResult };
  'qide/documentPath': { readonly params: DocumentPathParams; readonly result: DocumentPathResult };
  'qide/teamChatHistory': { readonly params: TeamChatRange; readonly result: TeamChatPage };
  'qide/teamChatSend': { readonly params: TeamChatText; readonly result: TeamChatMessage };
  'qide/terminalAttach': { readonly params: TerminalAttachParams; readonly result: TerminalAttached };
  'qide/terminalClose': { readonly params: TerminalParams; readonly result: null };
  'qide/terminalInput': { readonly params: TerminalInputParams; readonly result: null };
  'qide/terminalList': { readonly params: Readonly<Record<string, never>>; readonly result: TerminalList };
  'qide/terminalOpen': { readonly params: TerminalOpenParams; readonly result: TerminalOpened };
  'qide/terminalResize': { readonly params: TerminalResizeParams; readonly result: null };
}

/** What can go wrong: the JSON-RPC code by the stable name. */
export const FAILURES = {
  'parse-error': -32700,
  'invalid-request': -32600,
  'method-not-found': -32601,
  'invalid-params': -32602,
  'internal': -32603,
  'server-not-initialized': -32002,
  'request-cancelled': -32800,
  'content-modified': -32801,
  'server-cancelled': -32802,
  'request-failed': -32803,
  'unauthenticated': 1000,
  'forbidden': 1001,
  'origin-refused': 1002,
  'too-many-attempts': 1003,
  'too-many-requests': 1004,
  'too-many-connections': 1005,
  'server-stopping': 1006,
  'csrf-token-wrong': 1007,
  'display-name-illegal': 1010,
  'setting-unknown': 1011,
  'too-many-settings': 1012,
  'share-unknown': 1013,
  'too-many-shares': 1014,
  'token-unknown': 1030,
  'session-unknown': 1031,
  'too-many-tokens': 1032,
  'owner-needed': 1033,
  'organisation-unknown': 1040,
  'organisation-exists': 1041,
  'too-many-organisations': 1042,
  'member-unknown': 1043,
  'invitation-unknown': 1045,
  'too-many-invitations': 1046,
  'incident-unknown': 1050,
  'workspace-unknown': 1100,
  'path-illegal': 1101,
  'file-unknown': 1102,
  'file-too-large': 1103,
  'file-not-text': 1104,
  'file-ignored': 1105,
  'is-a-folder': 1106,
  'precondition-required': 1107,
  'precondition-failed': 1108,
  'path-clash': 1109,
  'file-exists': 1110,
  'too-many-files': 1111,
  'archive-refused': 1112,
  'workspace-name-illegal': 1113,
  'workspace-exists': 1114,
  'template-unknown': 1115,
  'too-many-workspaces': 1116,
  'workspace-not-managed': 1117,
  'file-read-only': 1120,
  'workspace-elsewhere': 1121,
  'forwarding-refused': 1122,
  'node-failed': 1123,
  'workspace-files-unavailable': 1124,
  'workspace-moved': 1125,
  'workspace-full': 1126,
  'frame-malformed': 1200,
  'update-malformed': 1201,
  'document-replaced': 1202,
  'genesis-forged': 1203,
  'too-many-documents': 1204,
  'message-too-large': 1205,
  'document-unavailable': 1206,
  'store-unavailable': 1207,
  'language-unknown': 1300,
  'language-unavailable': 1301,
  'language-not-trusted': 1302,
  'language-stopped': 1303,
  'command-unknown': 1305,
  'trust-given-at-start': 1304,
  'model-unavailable': 1400,
  'model-not-configured': 1401,
  'conversation-unknown': 1402,
  'budget-exhausted': 1403,
  'change-set-unknown': 1404,
  'too-many-change-sets': 1405,
  'model-of-file': 1407,
  'too-many-conversations': 1406,
  'terminals-off': 1500,
  'terminal-unavailable': 1501,
  'terminal-unknown': 1502,
  'too-many-terminals': 1503,
  'shell-unknown': 1504,
  'terminal-input-full': 1505,
  'folder-unknown': 1506,
} as const;

export type FailureName = keyof typeof FAILURES;

/** The body of every REST answer that is not a success. */
export interface FailureBody {
  readonly error: {
    readonly code: number;
    readonly name: FailureName;
    readonly message: string;
    readonly tags: Readonly<Record<string, string>>;
  };
}
