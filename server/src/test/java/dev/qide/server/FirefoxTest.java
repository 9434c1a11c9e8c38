package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// The core journey of the browser IDE in Firefox, by `puppeteer-core` over WebDriver BiDi: open a
/// file, type, accept a completion, see it saved, edit together with a second window, undo.
///
/// `-Dfirefox=PROGRAM` runs it, for instance with `/usr/bin/firefox-esr` of Debian's package.
@EnabledIfSystemProperty(named = "firefox", matches = ".+")
class FirefoxTest {
    private static final long SECONDS = 300;

    @TempDir Path workspace;

    @Test
    void the_core_journey_works_in_firefox() throws Exception {
        var file = Files.createDirectory(workspace.resolve("src")).resolve("shapes.py");
        Files.copy(BrowserScript.FOLDER.resolve("workspace/src/shapes.py"), file);
        try (var server = TestServer.start(workspace)) {
            var output =
                    NodeProject.installed("firefox")
                            .run(
                                    SECONDS,
                                    "journey.mjs",
                                    "--firefox=" + System.getProperty("firefox"),
                                    "--link=" + server.link());
            System.out.println(output);
            assertThat(Files.readString(file)).startsWith("# second window # typed in Firefox\n");
        }
    }
}
