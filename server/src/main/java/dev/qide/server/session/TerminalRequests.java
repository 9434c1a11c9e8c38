package dev.qide.server.session;

import dev.qide.server.files.WorkspacePath;
import dev.qide.server.session.lsp.RpcMessage;
import dev.qide.server.terminal.Attachment;
import dev.qide.server.terminal.TerminalClient;
import dev.qide.server.terminal.TerminalOwner;
import dev.qide.server.terminal.WindowSize;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.JsonRpcWriter;
import dev.qide.wire.Methods;
import dev.qide.wire.TerminalAckParams;
import dev.qide.wire.TerminalAttachParams;
import dev.qide.wire.TerminalAttached;
import dev.qide.wire.TerminalExitParams;
import dev.qide.wire.TerminalInputParams;
import dev.qide.wire.TerminalOpenParams;
import dev.qide.wire.TerminalOpened;
import dev.qide.wire.TerminalOutputParams;
import dev.qide.wire.TerminalParams;
import dev.qide.wire.TerminalResizeParams;
import dev.qide.wire.WireJson;
import java.util.List;
import java.util.function.Consumer;

/// The requests `qide/terminal…` of one editor, which also is the client that shows its terminals.
///
/// The session's thread calls [#answer] and [#acknowledged]; the threads of terminals send.
final class TerminalRequests implements TerminalClient {
    /// The methods that [#answer] answers.
    static final List<String> METHODS =
            List.of(
                    Methods.TERMINAL_OPEN,
                    Methods.TERMINAL_ATTACH,
                    Methods.TERMINAL_INPUT,
                    Methods.TERMINAL_RESIZE,
                    Methods.TERMINAL_CLOSE,
                    Methods.TERMINAL_LIST);

    private final WorkspaceTerminals terminals;
    private final Editor editor;
    private final TerminalOwner owner;
    private final Consumer<String> send;
    private volatile boolean isOver;

    TerminalRequests(WorkspaceTerminals terminals, Editor editor, Consumer<String> send) {
        this.terminals = terminals;
        this.editor = editor;
        this.send = send;
        this.owner = WorkspaceTerminals.ownerOf(editor);
    }

    void answer(RpcMessage.Request request, String json) {
        var _ = terminals.require(editor);
        var id = request.id();
        var all = terminals.all();
        switch (request.method()) {
            case Methods.TERMINAL_OPEN -> open(id, read(json, TerminalOpenParams.class));
            case Methods.TERMINAL_ATTACH -> attach(id, read(json, TerminalAttachParams.class));
            case Methods.TERMINAL_INPUT -> {
                var params = read(json, TerminalInputParams.class);
                all.input(owner, params.terminal(), params.position(), params.text(), this);
                send.accept(JsonRpcWriter.result(id, "null"));
            }
            case Methods.TERMINAL_RESIZE -> {
                var params = read(json, TerminalResizeParams.class);
                all.resize(
                        owner, params.terminal(), new WindowSize(params.columns(), params.rows()));
                send.accept(JsonRpcWriter.result(id, "null"));
            }
            case Methods.TERMINAL_CLOSE -> {
                all.close(owner, read(json, TerminalParams.class).terminal());
                send.accept(JsonRpcWriter.result(id, "null"));
            }
            case Methods.TERMINAL_LIST ->
                    send.accept(JsonRpcWriter.result(id, WireJson.write(all.list(owner))));
            default -> throw new FailureException(Failure.METHOD_NOT_FOUND);
        }
    }

    void acknowledged(String json) {
        var params = read(json, TerminalAckParams.class);
        terminals.all().acknowledge(owner, params.terminal(), params.position(), this);
    }

    /// Called when the socket has closed; another one may attach to the terminals.
    void end() {
        isOver = true;
        terminals.all().detach(this);
    }

    @Override
    public void output(TerminalOutputParams output) {
        send.accept(JsonRpcWriter.notification(Methods.TERMINAL_OUTPUT, output));
    }

    @Override
    public void ended(TerminalExitParams exit) {
        send.accept(JsonRpcWriter.notification(Methods.TERMINAL_EXIT, exit));
    }

    private void open(String id, TerminalOpenParams params) {
        var folder = params.folder();
        var directory = folder == null || folder.isEmpty() ? "" : new WorkspacePath(folder).value();
        begin(
                id,
                terminals.open(editor, params, directory, this),
                opened -> new TerminalOpened(opened.id(), opened.shell()));
    }

    private void attach(String id, TerminalAttachParams params) {
        var size = new WindowSize(params.columns(), params.rows());
        begin(
                id,
                terminals.all().attach(owner, params.terminal(), params.after(), size, this),
                attached ->
                        new TerminalAttached(
                                attached.position(), attached.input(), attached.shell()));
    }

    /// The client knows the terminal before its first output arrives.
    private void begin(
            String id,
            Attachment attachment,
            java.util.function.Function<Attachment, Record> answer) {
        send.accept(JsonRpcWriter.result(id, WireJson.write(answer.apply(attachment))));
        attachment.begin();
        if (isOver) {
            // The socket was closed while the terminal was opened.
            terminals.all().detach(this);
        }
    }

    private static <T extends Record> T read(String json, Class<T> type) {
        return WireJson.read(String.valueOf(RpcMessage.params(json)), type);
    }
}
