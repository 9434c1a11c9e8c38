package dev.qide.wire;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Generates the TypeScript side of this module: one interface per record, one union of literals
/// per enum, the notifications and requests by method and the failures by name. The file is
/// committed; a test fails when it differs.
public final class TypeScriptContract {
    private static final List<Class<? extends Record>> BODIES =
            List.of(
                    LoginRequest.class,
                    LoginOptions.class,
                    NewAccount.class,
                    AccountLink.class,
                    Me.class,
                    NewName.class,
                    SettingList.class,
                    AccountList.class,
                    AccountDeletion.class,
                    AuditPage.class,
                    NodeList.class,
                    NewToken.class,
                    TokenCreated.class,
                    TokenList.class,
                    SessionList.class,
                    NewOrganisation.class,
                    OrganisationList.class,
                    MemberList.class,
                    MemberRole.class,
                    NewInvitation.class,
                    InvitationList.class,
                    InvitationCreated.class,
                    NewShare.class,
                    ShareCreated.class,
                    ShareList.class,
                    Ticket.class,
                    WorkspaceList.class,
                    NewWorkspace.class,
                    WorkspaceCreated.class,
                    TemplateList.class,
                    FileList.class,
                    ZipMerged.class,
                    SearchResult.class,
                    PathMatches.class,
                    FormattingStyle.class,
                    TextFormat.class,
                    StatusParams.class,
                    FileSavedParams.class,
                    FileChangedParams.class,
                    TreeChangedParams.class,
                    PresenceParams.class,
                    AccessChangedParams.class,
                    SettingChangedParams.class,
                    DocumentPathParams.class,
                    DocumentPathResult.class,
                    TeamChatText.class,
                    TeamChatMessage.class,
                    TeamChatRange.class,
                    TeamChatPage.class,
                    ChatParams.class,
                    ConversationResumeParams.class,
                    ChatDeltaParams.class,
                    ToolUse.class,
                    ChangeSetInfo.class,
                    ChangeSetList.class,
                    ChangeSetDecision.class,
                    ChangeSetProposal.class,
                    TerminalOpenParams.class,
                    TerminalOpened.class,
                    TerminalAttachParams.class,
                    TerminalAttached.class,
                    TerminalInputParams.class,
                    TerminalResizeParams.class,
                    TerminalParams.class,
                    TerminalList.class,
                    TerminalAckParams.class,
                    TerminalOutputParams.class,
                    TerminalExitParams.class,
                    ChatResult.class,
                    ConversationParams.class,
                    ConversationList.class,
                    ConversationHistory.class,
                    UsageList.class,
                    OrganisationBudgetList.class,
                    NewOrganisationBudget.class,
                    ModelList.class,
                    ModelKeyValue.class,
                    ModelKeyList.class,
                    LocalModelsOnly.class,
                    StatusReport.class,
                    NewIncident.class,
                    NewIncidentUpdate.class);

    private static final Map<String, Class<? extends Record>> NOTIFICATIONS =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry(Methods.STATUS, StatusParams.class),
                            Map.entry(Methods.FILE_SAVED, FileSavedParams.class),
                            Map.entry(Methods.FILE_CHANGED, FileChangedParams.class),
                            Map.entry(Methods.TREE_CHANGED, TreeChangedParams.class),
                            Map.entry(Methods.PRESENCE, PresenceParams.class),
                            Map.entry(Methods.ACCESS_CHANGED, AccessChangedParams.class),
                            Map.entry(Methods.SETTING_CHANGED, SettingChangedParams.class),
                            Map.entry(Methods.TEAM_CHAT_MESSAGE, TeamChatMessage.class),
                            Map.entry(Methods.CHAT_DELTA, ChatDeltaParams.class),
                            Map.entry(Methods.CHANGE_SET, ChangeSetInfo.class),
                            Map.entry(Methods.TERMINAL_OUTPUT, TerminalOutputParams.class),
                            Map.entry(Methods.TERMINAL_EXIT, TerminalExitParams.class)));

    /// Parameters and result of a request; null without any.
    private record Call(
            @Nullable Class<? extends Record> params, @Nullable Class<? extends Record> result) {
        String typeScript() {
            var given = params == null ? NO_PARAMETERS : nameOf(params);
            var answered = result == null ? "null" : nameOf(result);
            return "{ readonly params: " + given + "; readonly result: " + answered + " }";
        }
    }

    private static final String NO_PARAMETERS = "Readonly<Record<string, never>>";

    private static final Map<String, Call> REQUESTS =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry(
                                    Methods.DOCUMENT_PATH,
                                    new Call(DocumentPathParams.class, DocumentPathResult.class)),
                            Map.entry(
                                    Methods.TEAM_CHAT_SEND,
                                    new Call(TeamChatText.class, TeamChatMessage.class)),
                            Map.entry(
                                    Methods.TEAM_CHAT_HISTORY,
                                    new Call(TeamChatRange.class, TeamChatPage.class)),
                            Map.entry(Methods.CHAT, new Call(ChatParams.class, ChatResult.class)),
                            Map.entry(
                                    Methods.CONVERSATION_RESUME,
                                    new Call(ConversationResumeParams.class, ChatResult.class)),
                            Map.entry(
                                    Methods.CONVERSATION_LIST,
                                    new Call(null, ConversationList.class)),
                            Map.entry(
                                    Methods.CONVERSATION_HISTORY,
                                    new Call(ConversationParams.class, ConversationHistory.class)),
                            Map.entry(
                                    Methods.CONVERSATION_DELETE,
                                    new Call(ConversationParams.class, null)),
                            Map.entry(
                                    Methods.TERMINAL_OPEN,
                                    new Call(TerminalOpenParams.class, TerminalOpened.class)),
                            Map.entry(
                                    Methods.TERMINAL_ATTACH,
                                    new Call(TerminalAttachParams.class, TerminalAttached.class)),
                            Map.entry(
                                    Methods.TERMINAL_INPUT,
                                    new Call(TerminalInputParams.class, null)),
                            Map.entry(
                                    Methods.TERMINAL_RESIZE,
                                    new Call(TerminalResizeParams.class, null)),
                            Map.entry(Methods.TERMINAL_CLOSE, new Call(TerminalParams.class, null)),
                            Map.entry(Methods.TERMINAL_LIST, new Call(null, TerminalList.class)),
                            Map.entry(Methods.CHANGE_SET_LIST, new Call(null, ChangeSetList.class)),
                            Map.entry(
                                    Methods.CHANGE_SET_DECIDE,
                                    new Call(ChangeSetDecision.class, ChangeSetInfo.class)),
                            Map.entry(
                                    Methods.CHANGE_SET_PROPOSE,
                                    new Call(ChangeSetProposal.class, ChangeSetInfo.class))));

    /// [FailureBody] has its own serialization, since code, name and sentence come from one
    /// constant.
    private static final String FAILURE_BODY =
            """
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
            """;

    private final Map<String, String> declarations = new LinkedHashMap<>();

    private TypeScriptContract() {}

    /// The complete file.
    public static String write() {
        var contract = new TypeScriptContract();
        BODIES.forEach(contract::declare);
        var text =
                new StringBuilder(
                        """
                        // Written from the Java records of protocol/wire; do not edit. `mvn -pl protocol/wire test
                        // -Dupdate.snapshots` writes it again.

                        """);
        contract.declarations
                .values()
                .forEach(declaration -> text.append(declaration).append('\n'));
        text.append(
                "/** Our own notifications from the server, by method. */\nexport interface ServerNotifications {\n");
        NOTIFICATIONS.forEach((method, type) ->
                text.append("  '%s': %s;%n".formatted(method, type.getSimpleName())));
        text.append(
                "}\n\n/** Our own requests to the server, by method. */\nexport interface ClientRequests {\n");
        REQUESTS.forEach((method, call) ->
                text.append("  '%s': %s;%n".formatted(method, call.typeScript())));
        text.append(
                "}\n\n/** What can go wrong: the JSON-RPC code by the stable name. */\nexport const FAILURES = {\n");
        for (var failure : Failure.values()) {
            text.append("  '%s': %d,%n".formatted(failure.wireName(), failure.code()));
        }
        return text.append(FAILURE_BODY).toString();
    }

    private void declare(Class<?> type) {
        var name = nameOf(type);
        if (declarations.containsKey(name)) {
            return;
        }
        if (type.isEnum()) {
            var values =
                    Arrays.stream(type.getEnumConstants())
                            .map(constant ->
                                    "'" + constant.toString().toLowerCase(Locale.ROOT) + "'")
                            .collect(Collectors.joining(" | "));
            declarations.put(name, "export type " + name + " = " + values + ";\n");
            return;
        }
        // Reserve the name first, so that a recursive type is declared once.
        declarations.put(name, "");
        var members =
                Arrays.stream(type.getRecordComponents())
                        .map(this::member)
                        .collect(Collectors.joining("\n", "", "\n"));
        declarations.remove(name);
        declarations.put(name, "export interface " + name + " {\n" + members + "}\n");
    }

    private String member(RecordComponent component) {
        var optional = component.getAnnotatedType().isAnnotationPresent(Nullable.class) ? "?" : "";
        return "  readonly "
                + component.getName()
                + optional
                + ": "
                + typeOf(component.getGenericType())
                + ";";
    }

    private String typeOf(Type type) {
        if (type instanceof ParameterizedType generic) {
            var arguments =
                    Arrays.stream(generic.getActualTypeArguments()).map(this::typeOf).toList();
            return generic.getRawType() == Map.class
                    ? "Readonly<Record<" + String.join(", ", arguments) + ">>"
                    : "readonly " + arguments.getFirst() + "[]";
        }
        if (type == String.class) {
            return "string";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "boolean";
        }
        if (Set.<Type>of(
                        int.class,
                        Integer.class,
                        long.class,
                        Long.class,
                        double.class,
                        Double.class)
                .contains(type)) {
            return "number";
        }
        if (type instanceof Class<?> named && (named.isRecord() || named.isEnum())) {
            declare(named);
            return nameOf(named);
        }
        throw new IllegalArgumentException("no TypeScript for " + type);
    }

    /// `FileList.Entry` is `FileListEntry`.
    private static String nameOf(Class<?> type) {
        var outer = type.getEnclosingClass();
        return outer == null ? type.getSimpleName() : nameOf(outer) + type.getSimpleName();
    }
}
