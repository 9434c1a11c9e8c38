package dev.qide.server.language.rewrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.qide.server.Growth;
import dev.qide.server.language.lsp.OpenDocuments;
import dev.qide.server.language.process.LspBaseProtocol;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Messages take time in proportion to their length, whatever they are made to do.
class MessageGrowthTest {
    private static final String CLIENT = "file:///c%3A/Users/Ann/My%20Project";
    private static final RootMap.PathView SIGHT =
            new RootMap.PathView(
                    "/workspace",
                    "/install",
                    List.of(
                            new ExternalFolder(
                                    "qide-external:/ls/install",
                                    "/install",
                                    Path.of("/install"),
                                    false),
                            new ExternalFolder(
                                    "qide-external:/ls/project",
                                    "/workspace",
                                    Path.of("/workspace"),
                                    true)));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "1",
                "+",
                "file:",
                "file:/",
                "file:///",
                "file:///workspace/",
                "file:///workspace/a/",
                "file:///workspace/node_modules ",
                "/workspace ",
                "/workspace/file:///workspace ",
                "/workspace",
                "/",
                "c:/Users/Ann/My Project ",
                "file:///c%3A/Users/Ann/My%20Project/",
                "/install /workspace ",
                "%2F",
                "%",
                "é:/",
                "\\\\/",
                "\\n",
                "../"
            })
    void one_long_string(String part) {
        check("one string of " + part, n -> "[\"x " + part.repeat(n) + "\"]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"a\"",
                "\"/workspace/a\"",
                "{\"newText\":\"a\",\"uri\":\"untitled:a\"}",
                "{\"data\":[\"/workspace\"]}",
                "{\"/workspace/a\":1}",
                "{}",
                "[]",
                "1e5",
                "null"
            })
    void very_many_values(String value) {
        check("many " + value, n -> "[" + (value + ", ").repeat(n) + "\"\\n\"]");
    }

    @Test
    void heads_and_frames() {
        Growth.check(
                "head",
                10_000,
                n -> message("\"" + "a\\n".repeat(n) + "\""),
                JsonRpcEnvelope::read);
        Growth.check("members", 5_000, n -> message(members(n)), JsonRpcEnvelope::read);
        Growth.check(
                "tree", 5_000, n -> message(members(n)), json -> JsonRpcEnvelope.read(json).tree());
        Growth.check(
                "frames",
                500,
                n ->
                        "Content-Length: 2\r\n\r\n{}"
                                .repeat(n)
                                .getBytes(java.nio.charset.StandardCharsets.UTF_8),
                MessageGrowthTest::readAll);
        Growth.check(
                "one frame",
                200_000,
                n -> LspBaseProtocol.frame("\"" + "é".repeat(n) + "\""),
                MessageGrowthTest::readAll);
    }

    @ParameterizedTest
    @ValueSource(strings = {"$", "${", "${1", "${1:", "${1|a,", "}", "\\\\", "${a/b/", "a"})
    void a_snippet(String part) {
        Growth.check(
                "snippet of " + part, 10_000, n -> part.repeat(n), text -> Snippets.text(text));
    }

    @Test
    void roots() {
        Growth.check(
                "slashes", 10_000, n -> "file:///a" + "/".repeat(n), uri -> RootUri.ofClient(uri));
        Growth.check(
                "percents",
                10_000,
                n -> "file:///a" + "%2f%C3%A9%".repeat(n),
                uri -> RootUri.ofClient(uri));
    }

    @Test
    void very_many_edits_of_a_long_text() {
        Growth.check(
                "edits", 1_000, n -> List.of(opened(n), changed(n)), MessageGrowthTest::follow);
    }

    @Test
    void deep_messages_are_refused_by_name() {
        var deep = "[".repeat(100_000) + "]".repeat(100_000);
        assertThatThrownBy(() -> JsonRpcEnvelope.read(message(deep)))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure -> assertThat(failure.tags()).containsEntry("reason", "too-deep"));
    }

    @Test
    void deep_results_are_skipped_and_refused_when_they_are_copied() {
        var client = RootUri.ofClient(CLIENT);
        var toClient = new JsonRewriter(RootMap.toClient(client, SIGHT));
        Growth.check(
                "deep result",
                10_000,
                n -> "{\"result\":" + "[{\"}\":".repeat(n) + "0" + "}]".repeat(n) + ",\"id\":1}",
                json -> {
                    assertThat(JsonRpcEnvelope.read(json).id()).isEqualTo("1");
                    assertThatThrownBy(() -> toClient.answer(json, "2", null))
                            .isInstanceOfSatisfying(
                                    FailureException.class,
                                    failure ->
                                            assertThat(failure.failure())
                                                    .isEqualTo(Failure.MESSAGE_TOO_LARGE));
                });
        assertThatThrownBy(() -> JsonRpcEnvelope.read("{\"id\":1,\"result\":" + "[".repeat(1_000)))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure -> assertThat(failure.failure()).isEqualTo(Failure.PARSE_ERROR));
    }

    @Test
    void a_message_that_would_become_too_long_is_refused_by_name() {
        var client = RootUri.ofClient("file:///" + "a".repeat(1_000));
        var rewriter = new JsonRewriter(RootMap.toClient(client, SIGHT));
        var message = "[\"" + "file:///workspace ".repeat(100_000) + "\"]";
        assertThatThrownBy(() -> rewriter.rewritten(message, null))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        failure ->
                                assertThat(failure.failure()).isEqualTo(Failure.MESSAGE_TOO_LARGE));
    }

    private static void check(String what, java.util.function.IntFunction<String> json) {
        var client = RootUri.ofClient(CLIENT);
        var toServer = new JsonRewriter(RootMap.toServer(client, SIGHT));
        var toClient = new JsonRewriter(RootMap.toClient(client, SIGHT));
        Growth.check(what + ", to the server", 2_000, json, rewriting(toServer));
        Growth.check(what + ", to the client", 2_000, json, rewriting(toClient));
    }

    private static java.util.function.Consumer<String> rewriting(JsonRewriter rewriter) {
        UnaryOperator<String> rewrite = json -> rewriter.rewritten(json, null);
        return json -> assertThat(rewrite.apply(json)).isNotEmpty();
    }

    private static String message(String params) {
        return "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":" + params + "}";
    }

    private static String members(int count) {
        var members = new StringBuilder("{");
        for (int i = 0; i < count; i++) {
            members.append("\"m").append(i).append("\":{\"a\":[1,2]},");
        }
        return members.append("\"z\":0}").toString();
    }

    private static void readAll(byte[] bytes) {
        var protocol = new LspBaseProtocol(new ByteArrayInputStream(bytes));
        try {
            while (protocol.next() != null) {
                // Only read.
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static String opened(int lines) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didOpen\",\"params\":{\"textDocument\":"
                + "{\"uri\":\"file:///a\",\"languageId\":\"a\",\"version\":1,\"text\":\""
                + "0123456789012345678901234567890123456789\\n".repeat(lines)
                + "\"}}}";
    }

    /// An edit of each line, now near the end and now near the beginning.
    private static String changed(int edits) {
        var changes = new StringBuilder();
        for (int i = 0; i < edits; i++) {
            int line = i % 2 == 0 ? i : edits - i;
            changes.append(i == 0 ? "" : ",")
                    .append("{\"range\":{\"start\":{\"line\":%d,\"character\":1},".formatted(line))
                    .append(
                            "\"end\":{\"line\":%d,\"character\":2}},\"text\":\"ab\"}"
                                    .formatted(line));
        }
        return "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didChange\",\"params\":{\"textDocument\":"
                + "{\"uri\":\"file:///a\",\"version\":2},\"contentChanges\":["
                + changes
                + "]}}";
    }

    private static void follow(List<String> messages) {
        var documents = new OpenDocuments();
        messages.forEach(message -> documents.apply(JsonRpcEnvelope.read(message)));
        assertThat(documents.has("file:///a")).isTrue();
    }
}
