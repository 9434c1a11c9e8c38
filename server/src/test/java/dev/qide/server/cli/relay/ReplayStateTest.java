package dev.qide.server.cli.relay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// What is remembered of an editor, and what it is told when its connection is lost.
class ReplayStateTest {
    private final ReplayState state = new ReplayState();

    @Test
    void everything_that_was_waiting_ends_with_the_connection() {
        initialize();
        assertThat(state.fromEditor(request("7", "textDocument/hover"))).isTrue();
        assertThat(state.fromEditor(request("\"h\"", "textDocument/rename"))).isTrue();
        assertThat(state.fromServer(response("7"))).isTrue();
        state.fromServer(
                "{\"id\":\"s1\",\"method\":\"client/registerCapability\",\"params\":{\"registrations\":[{\"id\":\"r\",\"method\":\"workspace/didChangeWatchedFiles\"}]}}");
        state.fromServer(progress("begin"));

        assertThat(state.lost())
                .satisfiesExactly(
                        failure -> assertThat(failure).contains("\"id\":\"h\"", "-32801"),
                        end -> assertThat(end).contains("$/progress", "\"kind\":\"end\"", "\"t\""),
                        end ->
                                assertThat(end)
                                        .contains(
                                                "client/unregisterCapability",
                                                "\"unregisterations\":[{\"id\":\"r\""));
        assertThat(state.lost()).isEmpty();
    }

    @Test
    void diagnostics_of_a_lost_connection_end() {
        initialize();
        state.fromServer(diagnostics("file:///a.py", "[]"));
        state.fromServer(diagnostics("file:///b.py", "[{\"message\":\"no\"}]"));
        state.fromServer(diagnostics("file:///c.py", "[{\"message\":\"no\"}]"));
        state.fromServer(diagnostics("file:///c.py", "[]"));

        assertThat(state.lost())
                .satisfiesExactly(end ->
                        assertThat(end)
                                .contains(
                                        "textDocument/publishDiagnostics",
                                        "\"uri\":\"file:///b.py\"",
                                        "\"diagnostics\":[]"));
        assertThat(state.lost()).isEmpty();
    }

    private static String diagnostics(String uri, String found) {
        return "{\"method\":\"textDocument/publishDiagnostics\",\"params\":{\"uri\":\"%s\",\"diagnostics\":%s}}"
                .formatted(uri, found);
    }

    @Test
    void a_request_without_a_connection_fails_and_leaves_the_next_connection_alone() {
        initialize();
        state.lost();
        state.fromServer(progress("begin"));
        assertThat(state.fromServer(request("1", "workspace/configuration"))).isTrue();

        state.fromEditor(request("7", "textDocument/hover"));

        assertThat(state.failures())
                .satisfiesExactly(failure -> assertThat(failure).contains("\"id\":7", "-32801"));
        assertThat(state.failures()).isEmpty();
        assertThat(state.fromEditor(response("1"))).isTrue();
        assertThat(state.lost()).hasSize(1);
    }

    @Test
    void answers_of_and_to_a_lost_connection_go_nowhere() {
        initialize();
        state.fromEditor(request("7", "textDocument/hover"));
        assertThat(state.fromServer(request("1", "workspace/configuration"))).isTrue();
        state.lost();

        assertThat(state.fromServer(response("7"))).isFalse();
        assertThat(state.fromEditor(response("1"))).isFalse();
        assertThat(state.fromEditor(response("\"qide-lsp-unregister:1\""))).isFalse();
    }

    @Test
    void another_server_is_told_what_the_first_one_knew() {
        var initialize = initialize();
        state.fromEditor(
                "{\"method\":\"workspace/didChangeConfiguration\",\"params\":{\"settings\":1}}");
        open("file:///a.py", "one\\ntwo\\n");
        open("file:///b.py", "b");
        state.fromEditor(
                "{\"method\":\"textDocument/didChange\",\"params\":{\"textDocument\":{\"uri\":\"file:///a.py\",\"version\":9},\"contentChanges\":[{\"range\":{\"start\":{\"line\":1,\"character\":0},\"end\":{\"line\":1,\"character\":3}},\"text\":\"2\"},{\"range\":{\"start\":{\"line\":0,\"character\":3},\"end\":{\"line\":0,\"character\":3}},\"text\":\"!\"}]}}");
        state.fromEditor(
                "{\"method\":\"textDocument/didClose\",\"params\":{\"textDocument\":{\"uri\":\"file:///b.py\"}}}");
        state.lost();

        assertThat(state.initialize()).isEqualTo(initialize);
        assertThat(state.initializeAnswered()).isNotDone();
        assertThat(state.fromServer(response("0"))).as("the editor has its answer").isFalse();
        assertThat(state.initializeAnswered()).isCompleted();
        assertThat(state.afterInitialize())
                .satisfiesExactly(
                        told -> assertThat(told).contains("\"initialized\""),
                        told -> assertThat(told).contains("\"settings\":1"),
                        told ->
                                assertThat(told)
                                        .contains(
                                                "didOpen",
                                                "file:///a.py",
                                                "\"version\":9",
                                                "\"text\":\"one!\\n2\\n\""));
    }

    @Test
    void another_server_is_told_which_folders_the_editor_added_and_removed() {
        initialize();
        folders(
                "{\"uri\":\"file:///m/b\",\"name\":\"b\"},{\"uri\":\"file:///m/c\",\"name\":\"c\"}",
                "");
        folders(
                "",
                "{\"uri\":\"file:///m/a\",\"name\":\"a\"},{\"uri\":\"file:///m/b\",\"name\":\"b\"}");
        open("file:///m/c/c.py", "c");
        state.lost();

        assertThat(state.afterInitialize())
                .satisfiesExactly(
                        told -> assertThat(told).contains("\"initialized\""),
                        told ->
                                assertThat(told)
                                        .contains(
                                                "workspace/didChangeWorkspaceFolders",
                                                "\"added\":[{\"uri\":\"file:///m/c\",\"name\":\"c\"}]",
                                                "\"removed\":[{\"uri\":\"file:///m/a\",\"name\":\"a\"},{\"uri\":\"file:///m/b\",\"name\":\"b\"}]"),
                        told -> assertThat(told).contains("didOpen", "file:///m/c/c.py"));
    }

    @Test
    void an_editor_that_was_not_initialized_gets_its_answer_from_the_next_connection() {
        state.fromEditor(request("0", "initialize"));
        assertThat(state.lost()).isEmpty();

        assertThat(state.initialize()).isNotNull();
        assertThat(state.fromServer(response("0"))).isTrue();
        assertThat(state.afterInitialize()).isEmpty();
    }

    @Test
    void what_is_no_message_is_passed_on_and_remembered_nowhere() {
        for (var odd :
                new String[] {
                    "",
                    "[1]",
                    "{\"method\":\"textDocument/didOpen\"}",
                    "{\"method\":\"workspace/didChangeWorkspaceFolders\",\"params\":{\"event\":{\"added\":[1,{\"uri\":[]}],\"removed\":{}}}}",
                    "{\"method\":\"textDocument/didChange\",\"params\":{\"textDocument\":{\"uri\":[]}}}",
                    "{\"method\":\"textDocument/didOpen\",\"params\":{\"textDocument\":{\"uri\":{},\"text\":1}}}"
                }) {
            assertThat(state.fromEditor(odd)).as(odd).isTrue();
        }
        assertThat(state.afterInitialize()).isEmpty();
        assertThat(state.lost()).isEmpty();
    }

    private String initialize() {
        var request = request("0", "initialize");
        state.fromEditor(request);
        assertThat(state.fromServer(response("0"))).isTrue();
        state.fromEditor("{\"method\":\"initialized\",\"params\":{}}");
        return request;
    }

    private void open(String uri, String text) {
        state.fromEditor(
                "{\"method\":\"textDocument/didOpen\",\"params\":{\"textDocument\":{\"uri\":\"%s\",\"languageId\":\"python\",\"version\":1,\"text\":\"%s\"}}}"
                        .formatted(uri, text));
    }

    private void folders(String added, String removed) {
        state.fromEditor(
                "{\"method\":\"workspace/didChangeWorkspaceFolders\",\"params\":{\"event\":{\"added\":[%s],\"removed\":[%s]}}}"
                        .formatted(added, removed));
    }

    private static String request(String id, String method) {
        return "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"%s\",\"params\":{\"id\":0,\"method\":\"no\"}}"
                .formatted(id, method);
    }

    private static String response(String id) {
        return "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":null}".formatted(id);
    }

    private static String progress(String kind) {
        return "{\"method\":\"$/progress\",\"params\":{\"token\":\"t\",\"value\":{\"kind\":\"%s\"}}}"
                .formatted(kind);
    }
}
