package dev.qide.server.session;

import dev.qide.server.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A server with scripted language servers beside the real ones, in a project with ESLint.
final class FakeServers {
    private FakeServers() {}

    /// @param workspace empty; gets the script of the fake servers, a configuration of ESLint, and
    ///   `companion.on`, which auxiliary servers of the declarations may require
    /// @param file where the declarations are written
    static TestServer start(Path workspace, Path file, String declarations) throws IOException {
        Files.copy(
                Path.of("src/test/resources/language/fake/fake.mjs"),
                workspace.resolve("fake.mjs"));
        Files.writeString(
                workspace.resolve("eslint.config.js"),
                "module.exports = [{ rules: { \"no-var\": \"error\" } }];\n");
        Files.createFile(workspace.resolve("companion.on"));
        return TestServer.startWithLanguages(workspace, Files.writeString(file, declarations));
    }
}
