package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Trust in a workspace comes and goes while its language servers run, and so does the workspace.
class TrustedServersTest {
    private static final String FAKE =
            """
            {"servers":[{"id":"fake","title":"Fake","language":"fake","languageIds":["fake"],"files":["*.fake"],
            "command":["${node}","${workspace}/fake.mjs"],"runsProjectCode":true,"limits":{"idleSeconds":600},
            "capabilities":{"hoverProvider":true}},
            {"id":"beside","title":"Beside","language":"beside","languageIds":[],"files":[],"auxiliaryFor":["fake"],
            "requiredFiles":["fake.*"],"command":["${node}"],"runsProjectCode":true,"capabilities":{}}]}
            """;
    private static final int LANGUAGE_NOT_TRUSTED = 1302;

    /// Less than `ServerLink.REFUSAL`, for which a refusal stands.
    private static final long SOON_SECONDS = 9;

    /// The two seconds that a server has to exit before it is killed, and eight for the machine.
    private static final long ENDED_SECONDS = 10;

    @TempDir Path folder;
    private final AtomicBoolean isTrusted = new AtomicBoolean();

    @Test
    void a_server_starts_once_its_workspace_is_trusted_and_stops_when_it_is_not() throws Exception {
        try (var fixture = fixture(false)) {
            fixture.host.open("s", "mine", ClientProfile.routed(ClientFolders.one(null), "{}"));
            fixture.host.open(
                    "other", "trusted", ClientProfile.routed(ClientFolders.one(null), "{}"));
            assertThat(fixture.host.isSandboxed()).isFalse();
            request(fixture, "s", "1");
            assertThat(code(fixture, "1")).isEqualTo(LANGUAGE_NOT_TRUSTED);
            assertThat(fixture.editor.sentence("--trust mine"))
                    .contains("its owner trust this workspace");

            long given = System.nanoTime();
            trust(fixture, true);
            request(fixture, "s", "2");
            assertThat(fixture.editor.answer("2").has("result")).isTrue();
            assertThat(System.nanoTime() - given)
                    .as("not after the time for which a refusal stands")
                    .isLessThan(TimeUnit.SECONDS.toNanos(SOON_SECONDS));
            request(fixture, "other", "3");
            assertThat(fixture.editor.answer("3").has("result")).isTrue();
            var others = fixture.host.pids("other");
            var process = process(fixture).orElseThrow();

            fixture.editor.forget();
            trust(fixture, false);
            process.onExit().get(ENDED_SECONDS, TimeUnit.SECONDS);
            assertThat(fixture.editor.sentence("--trust mine")).startsWith("! ");
            request(fixture, "s", "4");
            assertThat(code(fixture, "4")).isEqualTo(LANGUAGE_NOT_TRUSTED);
            assertThat(process(fixture)).isEmpty();
            assertThat(fixture.host.pids("other")).isEqualTo(others).hasSize(1);

            trust(fixture, true);
            request(fixture, "s", "5");
            assertThat(fixture.editor.answer("5").has("result")).isTrue();
        }
    }

    @Test
    void a_document_has_an_auxiliary_server_only_where_it_may_run() throws Exception {
        try (var fixture = fixture(false)) {
            assertThat(fixture.host.auxiliaries("mine", "fake", "fake", "a")).isEmpty();
            trust(fixture, true);
            assertThat(fixture.host.auxiliaries("mine", "fake", "fake", "a"))
                    .containsExactly("beside");
            assertThat(fixture.host.auxiliaries("mine", "other", null, "a")).isEmpty();
            assertThat(fixture.host.auxiliaries("unknown", "fake", null, "a")).isEmpty();
        }
    }

    @Test
    void trust_changes_nothing_where_the_sandbox_holds() throws Exception {
        try (var fixture = fixture(true)) {
            fixture.host.open("s", "mine", ClientProfile.routed(ClientFolders.one(null), "{}"));
            assertThat(fixture.host.isSandboxed()).isTrue();
            request(fixture, "s", "1");
            assertThat(fixture.editor.answer("1").has("result")).isTrue();
            var process = process(fixture).orElseThrow();
            trust(fixture, true);
            trust(fixture, false);
            request(fixture, "s", "2");
            assertThat(fixture.editor.answer("2").has("result")).isTrue();
            assertThat(process(fixture)).contains(process);
        }
    }

    @Test
    void the_servers_of_a_deleted_workspace_end_at_once_and_no_others() throws Exception {
        isTrusted.set(true);
        try (var fixture = fixture(false)) {
            fixture.host.open("s", "mine", ClientProfile.routed(ClientFolders.one(null), "{}"));
            fixture.host.open(
                    "other", "trusted", ClientProfile.routed(ClientFolders.one(null), "{}"));
            for (var session : new String[] {"s", "other"}) {
                request(fixture, session, "\"" + session + "\"");
                assertThat(fixture.editor.answer("\"" + session + "\"").has("result")).isTrue();
            }
            var process = process(fixture).orElseThrow();
            fixture.host.workspaceDeleted("mine");
            process.onExit().get(ENDED_SECONDS, TimeUnit.SECONDS);
            request(fixture, "other", "2");
            assertThat(fixture.editor.answer("2").has("result")).isTrue();
            assertThat(fixture.host.pids("s")).isEmpty();
        }
    }

    private LanguageFixture fixture(boolean isSandboxed) throws Exception {
        var fixture = new LanguageFixture(Declarations.of(FAKE), isSandboxed);
        fixture.workspace("fake", folder);
        fixture.add("mine", folder, isTrusted::get);
        fixture.add("trusted", folder, true);
        return fixture;
    }

    private void trust(LanguageFixture fixture, boolean isGiven) {
        isTrusted.set(isGiven);
        fixture.host.trustChanged("mine");
    }

    private static Optional<ProcessHandle> process(LanguageFixture fixture) {
        return fixture.host.pids("s").stream().findFirst().flatMap(ProcessHandle::of);
    }

    private static void request(LanguageFixture fixture, String session, String id) {
        fixture.send(
                session,
                "fake",
                "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"textDocument/hover\",\"params\":{\"textDocument\":{\"uri\":\"file:///a.fake\"}}}"
                        .formatted(id));
    }

    private static int code(LanguageFixture fixture, String id) {
        return fixture.editor.answer(id).getAsJsonObject("error").get("code").getAsInt();
    }
}
