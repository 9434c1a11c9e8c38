package dev.qide.server.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.qide.server.TestServer;
import org.jspecify.annotations.Nullable;

/// Whether this machine can have terminals. A server of root that cannot create control groups
/// could not bound a fork bomb: it must refuse all terminals, and tests of them cannot run.
public final class TerminalSupport {
    private static final String ROOT = "root";

    private TerminalSupport() {}

    /// Asserts that a server opens a terminal, or refuses it for that reason; then aborts the test.
    public static void require(TestServer server) {
        try (var window = TerminalWindow.connect(server, TestServer.WORKSPACE, server.token())) {
            var answer = window.ask("qide/terminalOpen", TerminalWindow.size());
            abortIf(
                    answer.has("error") && answer.toString().contains('"' + ROOT + '"')
                            ? ROOT
                            : null);
            assertThat(answer.has("result")).as(answer.toString()).isTrue();
            var terminal = answer.getAsJsonObject("result");
            terminal.remove("shell");
            window.accepted("qide/terminalClose", terminal);
        }
    }

    /// @param problem why there are no terminals, as the server names it
    static void abortIf(@Nullable String problem) {
        if (ROOT.equals(problem)) {
            abort("root needs control groups for terminals: run the tests as another user");
        }
    }
}
