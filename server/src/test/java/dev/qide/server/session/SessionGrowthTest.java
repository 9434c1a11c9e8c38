package dev.qide.server.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import dev.qide.server.Growth;
import dev.qide.server.language.ClientFolders;
import dev.qide.server.session.lsp.ClientRoot;
import dev.qide.server.session.lsp.RpcMessage;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.lsp4j.Position;
import org.eclipse.lsp4j.Range;
import org.eclipse.lsp4j.TextDocumentContentChangeEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a session reads takes time in proportion to its length, whatever it is made to do.
class SessionGrowthTest {
    private record Edited(TrackedText text, List<TextDocumentContentChangeEvent> changes) {}

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\":1},", "[],", "\"\\u0041\",", "1e-5,", "\" \\\\ \","})
    void a_message(String value) {
        Growth.check(
                "message of " + value,
                5_000,
                n ->
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":{\"b\":["
                                + value.repeat(n)
                                + "0]}}",
                RpcMessage::read);
    }

    @Test
    void very_many_edits_of_one_long_line() {
        Growth.check("edits of a line", 2_000, n -> edits(n, "a".repeat(40 * n)), this::apply);
        Growth.check("edits of lines", 2_000, n -> edits(n, "a\r\n".repeat(40 * n)), this::apply);
    }

    @Test
    void a_uri() {
        var root = new ClientRoot("file:///a");
        Growth.check("path", 5_000, n -> "file:///a/" + "%41%C3%A9+".repeat(n), root::pathOf);
    }

    @Test
    void a_root_that_is_too_long_is_refused_by_name() {
        var initialize = new JsonObject();
        initialize.addProperty("rootUri", "file:///" + "a".repeat(2_000));
        assertThatThrownBy(() -> ClientFolders.of(initialize, Path.of("/")))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure -> assertThat(failure.failure()).isEqualTo(Failure.INVALID_PARAMS));
    }

    @Test
    void a_deep_message_is_refused_by_name() {
        var deep = "[".repeat(100_000) + "]".repeat(100_000);
        assertThatThrownBy(() -> RpcMessage.read("{\"jsonrpc\":\"2.0\",\"params\":" + deep + "}"))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure -> assertThat(failure.failure()).isEqualTo(Failure.PARSE_ERROR));
    }

    private static Edited edits(int count, String text) {
        var changes = new ArrayList<TextDocumentContentChangeEvent>();
        boolean hasLines = text.indexOf('\n') >= 0;
        for (int i = 0; i < count; i++) {
            int place = i % 2 == 0 ? i : 40 * count - count - i;
            var at = hasLines ? new Position(place, 0) : new Position(0, place);
            changes.add(new TextDocumentContentChangeEvent(new Range(at, at), "b"));
        }
        return new Edited(new TrackedText("a", text), changes);
    }

    private void apply(Edited edited) {
        assertThat(edited.text().changed(edited.changes()).rope().length())
                .isGreaterThan(edited.changes().size());
    }
}
