package dev.qide.server.language;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.language.process.SandboxSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A language server that takes what it can get costs itself alone: it is ended, with its whole
/// family, within seconds, and says why.
@Timeout(120)
class HostileServerTest {
    private static final String HOSTILE =
            """
            {"servers":[{"id":"hostile","title":"Hostile","language":"hostile","languageIds":["hostile"],"files":[],
            "command":["${node}","${workspace}/hostile.mjs","WAY"],"runsProjectCode":true,
            "limits":{"memoryMiB":MEMORY,"processes":100,"outputMiBPerMinute":16,"answerSeconds":2},
            "capabilities":{"hoverProvider":true}}]}
            """;
    private static final Duration ENDED = Duration.ofSeconds(20);

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({
        "forks,has more than 100 processes and threads",
        "memory,exited with code 134",
        "family,uses more than 400 MiB of memory",
        "messages,exceeded its output limit",
        "complaints,exceeded its output limit",
        "silent,has not answered its requests in time",
    })
    void it_is_killed_with_its_child_processes(String way, String reason) throws Exception {
        try (var fixture = fixture(way)) {
            var server = started(fixture);
            var family = server.descendants().toList();
            assertThat(family).isNotEmpty();
            long begun = System.nanoTime();
            hover(fixture, "2");
            if (way.equals("silent")) {
                fixture.editor.answer("2");
                awaitSilence(fixture);
            }

            server.onExit().get(ENDED.toSeconds(), TimeUnit.SECONDS);
            System.out.println(
                    way + " ended after " + (System.nanoTime() - begun) / 1_000_000 + " ms");
            assertThat(fixture.editor.sentence("stopped:")).contains(reason);
            for (var one : family) {
                one.onExit().get(ENDED.toSeconds(), TimeUnit.SECONDS);
            }
        }
        assertThat(ofThisTest()).isZero();
    }

    @Test
    void a_server_that_does_not_exit_is_killed_when_its_editor_disconnects() throws Exception {
        try (var fixture = fixture("stays")) {
            var server = started(fixture);
            hover(fixture, "2");
            fixture.editor.answer("2");
            long begun = System.nanoTime();
            fixture.host.close("s");
            server.onExit().get(ENDED.toSeconds(), TimeUnit.SECONDS);

            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isLessThan(Duration.ofSeconds(5));
        }
        assertThat(ofThisTest()).isZero();
    }

    @Test
    void the_kernel_itself_refuses_processes_to_one_of_a_plain_user() throws Exception {
        org.junit.jupiter.api.Assumptions.assumeTrue(
                SandboxTest.isRoot(), "only root can become another user");
        try (var fixture = fixture("forks")) {
            var line =
                    fixture.sandbox.command(
                            new SandboxSpec(
                                    null,
                                    folder,
                                    "hostile",
                                    java.util.List.of(),
                                    java.util.List.of(),
                                    null,
                                    false,
                                    new ServerLimits(
                                            400,
                                            40,
                                            16,
                                            Duration.ofMinutes(1),
                                            Duration.ofMinutes(1))),
                            java.util.List.of(
                                    "/usr/bin/node",
                                    "-e",
                                    "let n=0; const {spawn}=require('child_process');"
                                            + " for(let i=0;i<60;i++) spawn(process.execPath,['-e','setTimeout(()=>{},3000)'])"
                                            + ".on('error',()=>{}).on('spawn',()=>n++);"
                                            + " setTimeout(()=>{console.log('started '+n);process.exit(0)},2000)"));
            assertThat(
                            SandboxTest.run(
                                    java.util.List.of("chown", "-R", "65534", folder.toString()),
                                    java.util.List.of()))
                    .isEmpty();
            var said =
                    SandboxTest.run(
                            line,
                            java.util.List.of(
                                    "setpriv",
                                    "--reuid=65534",
                                    "--regid=65534",
                                    "--clear-groups",
                                    "--"));

            assertThat(said).doesNotContain("started 60");
        }
    }

    /// Asks until nothing comes back any more.
    private static void awaitSilence(LanguageFixture fixture) {
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        for (int id = 100;
                fixture.editor.sentences().stream().noneMatch(s -> s.contains("stopped:"));
                id++) {
            assertThat(System.nanoTime() - until).as("it goes on answering").isNegative();
            hover(fixture, "" + id);
            fixture.editor.answer("" + id);
        }
    }

    private LanguageFixture fixture(String way) throws Exception {
        var memory = way.equals("forks") ? "8000" : "400";
        var json = HOSTILE.replace("WAY", way).replace("MEMORY", memory);
        var fixture = new LanguageFixture(Declarations.of(json), true);
        fixture.workspace("fake", folder);
        fixture.add("hostile", folder, false);
        return fixture;
    }

    private static ProcessHandle started(LanguageFixture fixture) {
        fixture.host.open("s", "hostile", ClientProfile.routed(ClientFolders.one(null), "{}"));
        fixture.send("s", "hostile", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hostile/pid\"}");
        fixture.editor.answer("1");
        return ProcessHandle.of(fixture.host.pids("s").getFirst()).orElseThrow();
    }

    private static void hover(LanguageFixture fixture, String id) {
        fixture.send(
                "s",
                "hostile",
                "{\"jsonrpc\":\"2.0\",\"id\":"
                        + id
                        + ",\"method\":\"textDocument/hover\",\"params\":{}}");
    }

    /// Processes of this test's sandbox that are left.
    private long ofThisTest() throws InterruptedException {
        long deadline = System.nanoTime() + ENDED.toNanos();
        long left;
        do {
            left =
                    ProcessHandle.allProcesses()
                            .filter(one ->
                                    one.info().commandLine().orElse("").contains(folder.toString()))
                            .count();
            if (left > 0) {
                Thread.sleep(50);
            }
        } while (left > 0 && System.nanoTime() < deadline);
        return left;
    }
}
