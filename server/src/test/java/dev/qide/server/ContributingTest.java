package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The example in CONTRIBUTING.md, unchanged.
class ContributingTest {
    private static final Pattern EXAMPLE = Pattern.compile("(?s)```java\n(.*?)```");

    @Test
    void an_unknown_method_is_answered(@TempDir Path folder) throws Exception {
        try (var server = TestServer.start(folder);
                var client = TestClient.connect(server.ws("/ws/demo"), server.token())) {
            client.initialize(null);
            var answer = client.answer("qide/nonsense", "{}");
            assertThat(TestClient.errorCode(answer)).isEqualTo(-32601);
        }
    }

    @Test
    void the_page_shows_the_test_above() throws Exception {
        var page = EXAMPLE.matcher(Files.readString(Path.of("../CONTRIBUTING.md")));
        assertThat(page.find()).isTrue();
        var source =
                Files.readString(Path.of("src/test/java/dev/qide/server/ContributingTest.java"));
        assertThat(source.replaceAll("(?m)^ +", ""))
                .contains(page.group(1).replaceAll("(?m)^ +", ""));
    }
}
