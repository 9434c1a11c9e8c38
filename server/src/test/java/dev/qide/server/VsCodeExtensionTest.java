package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The extension for VS Code against a real server (`extensions/vscode/test/server`): its files,
/// shared documents and sign-in, in Node with a stand-in for VS Code's API. Needs the packages of
/// the web build.
final class VsCodeExtensionTest {
    private static final long SECONDS = 600;

    @Test
    void files_documents_and_sign_in_work_on_a_real_server(@TempDir Path folder) throws Exception {
        var workspace = Files.createDirectory(folder.resolve("workspace"));
        var log = folder.resolve("node.log");
        try (var server = TestServer.start(workspace)) {
            var builder =
                    new ProcessBuilder("npm", "run", "--silent", "test:server")
                            .directory(extension().toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile());
            builder.environment().put("QIDE_LINK", server.link());
            builder.environment().put("QIDE_FOLDER", workspace.toString());
            var node = builder.start();
            try {
                assertThat(node.waitFor(SECONDS, TimeUnit.SECONDS)).as("%s", log).isTrue();
                assertThat(node.exitValue()).as("%s", Files.readString(log)).isZero();
                assertThat(Files.readString(log)).contains("# fail 0").doesNotContain("# pass 0");
            } finally {
                node.descendants().forEach(ProcessHandle::destroyForcibly);
                node.destroyForcibly();
            }
        }
    }

    private static Path extension() {
        return Path.of(System.getProperty("basedir", "."), "../extensions/vscode").normalize();
    }
}
