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

    private static final long ENDED_SECONDS = 20;

    @TempDir Path folder;
    private final AtomicBoolean isTrusted = new AtomicBoolean();

    @Test
    void a_server_starts_once_its_workspace_is_trusted_and_stops_when_it_is_not() throws Exception {
        try (var rig = rig(false)) {
            rig.host.open("s", "mine", ClientProfile.routed(ClientFolders.one(null), "{}"));
            rig.host.open("other", "trusted", ClientProfile.routed(ClientFolders.one(null), "{}"));
            assertThat(rig.host.isSandboxed()).isFalse();
            request(rig, "s", "1");
            assertThat(code(rig, "1")).isEqualTo(LANGUAGE_NOT_TRUSTED);
            assertThat(rig.editor.sentence("--trust mine"))
                    .contains("its owner trust this workspace");

            long given = System.nanoTime();
            trust(rig, true);
            request(rig, "s", "2");
            assertThat(rig.editor.answer("2").has("result")).isTrue();
            assertThat(System.nanoTime() - given)
                    .as("not after the time for which a refusal stands")
                    .isLessThan(TimeUnit.SECONDS.toNanos(SOON_SECONDS));
            request(rig, "other", "3");
            assertThat(rig.editor.answer("3").has("result")).isTrue();
            var others = rig.host.pids("other");
            var process = process(rig).orElseThrow();

            rig.editor.forget();
            trust(rig, false);
            process.onExit().get(ENDED_SECONDS, TimeUnit.SECONDS);
            assertThat(rig.editor.sentence("--trust mine")).startsWith("! ");
            request(rig, "s", "4");
            assertThat(code(rig, "4")).isEqualTo(LANGUAGE_NOT_TRUSTED);
            assertThat(process(rig)).isEmpty();
            assertThat(rig.host.pids("other")).isEqualTo(others).hasSize(1);

            trust(rig, true);
            request(rig, "s", "5");
            assertThat(rig.editor.answer("5").has("result")).isTrue();
        }
    }

    @Test
    void a_document_has_a_companion_only_where_it_may_run() throws Exception {
        try (var rig = rig(false)) {
            assertThat(rig.host.auxiliaries("mine", "fake", "fake", "a")).isEmpty();
            trust(rig, true);
            assertThat(rig.host.auxiliaries("mine", "fake", "fake", "a")).containsExactly("beside");
            assertThat(rig.host.auxiliaries("mine", "other", null, "a")).isEmpty();
            assertThat(rig.host.auxiliaries("unknown", "fake", null, "a")).isEmpty();
        }
    }

    @Test
    void where_the_sandbox_holds_trust_changes_nothing() throws Exception {
        try (var rig = rig(true)) {
            rig.host.open("s", "mine", ClientProfile.routed(ClientFolders.one(null), "{}"));
            assertThat(rig.host.isSandboxed()).isTrue();
            request(rig, "s", "1");
            assertThat(rig.editor.answer("1").has("result")).isTrue();
            var process = process(rig).orElseThrow();
            trust(rig, true);
            trust(rig, false);
            request(rig, "s", "2");
            assertThat(rig.editor.answer("2").has("result")).isTrue();
            assertThat(process(rig)).contains(process);
        }
    }

    @Test
    void the_servers_of_a_deleted_workspace_end_at_once_and_no_others() throws Exception {
        isTrusted.set(true);
        try (var rig = rig(false)) {
            rig.host.open("s", "mine", ClientProfile.routed(ClientFolders.one(null), "{}"));
            rig.host.open("other", "trusted", ClientProfile.routed(ClientFolders.one(null), "{}"));
            for (var session : new String[] {"s", "other"}) {
                request(rig, session, "\"" + session + "\"");
                assertThat(rig.editor.answer("\"" + session + "\"").has("result")).isTrue();
            }
            var process = process(rig).orElseThrow();
            rig.host.workspaceDeleted("mine");
            process.onExit().get(ENDED_SECONDS, TimeUnit.SECONDS);
            request(rig, "other", "2");
            assertThat(rig.editor.answer("2").has("result")).isTrue();
            assertThat(rig.host.pids("s")).isEmpty();
        }
    }

    private LanguageRig rig(boolean isSandboxed) throws Exception {
        var rig = new LanguageRig(Declarations.of(FAKE), isSandboxed);
        rig.workspace("fake", folder);
        rig.add("mine", folder, isTrusted::get);
        rig.add("trusted", folder, true);
        return rig;
    }

    private void trust(LanguageRig rig, boolean isGiven) {
        isTrusted.set(isGiven);
        rig.host.trustChanged("mine");
    }

    private static Optional<ProcessHandle> process(LanguageRig rig) {
        return rig.host.pids("s").stream().findFirst().flatMap(ProcessHandle::of);
    }

    private static void request(LanguageRig rig, String session, String id) {
        rig.send(
                session,
                "fake",
                "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"textDocument/hover\",\"params\":{\"textDocument\":{\"uri\":\"file:///a.fake\"}}}"
                        .formatted(id));
    }

    private static int code(LanguageRig rig, String id) {
        return rig.editor.answer(id).getAsJsonObject("error").get("code").getAsInt();
    }
}
