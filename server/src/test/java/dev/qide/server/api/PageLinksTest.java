package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Links into the browser IDE, and addresses that do not exist.
class PageLinksTest {
    private static final String BROWSER = "Accept: text/html,application/xhtml+xml,*/*;q=0.8";

    @TempDir static Path folder;
    private static TestServer server;
    private static ApiClient http;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(folder);
        http = new ApiClient(server.http("/"), "127.0.0.1");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "/w/demo, ?workspace=demo",
        "/w/demo/, ?workspace=demo",
        "/w/demo/a.ts, ?workspace=demo&file=a.ts",
        "/w/demo/src/a%20b%26c.ts, ?workspace=demo&file=src%2Fa+b%26c.ts",
        "/w/demo/src/%C3%BC.ts?line=12, ?workspace=demo&file=src%2F%C3%BC.ts&line=12",
        "/w/demo/a.ts?line=x, ?workspace=demo&file=a.ts",
        "/w/none/%2F%2Fevil.example, ?workspace=none&file=%2F%2Fevil.example",
    })
    void a_link_leads_to_the_page_below_any_prefix(String path, String query) throws IOException {
        var answer = http.send("GET", path, BROWSER);

        assertThat(answer.status()).isEqualTo(302);
        var location = Objects.requireNonNull(answer.header("Location"));
        assertThat(URI.create("https://host/prefix" + path).resolve(location))
                .isEqualTo(URI.create("https://host/prefix/" + query));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/none", "/none/", "/a/b/c.html", "/assets/none.js"})
    void a_browser_gets_a_page_for_an_address_that_does_not_exist(String path) throws IOException {
        var answer = http.send("GET", path, BROWSER);

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
        assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
        var home = answer.body().replaceAll("(?s).*<a href=\"([^\"]*)\".*", "$1");
        assertThat(URI.create("https://host/prefix" + path).resolve(home))
                .isEqualTo(URI.create("https://host/prefix/"));
    }

    @Test
    void other_clients_and_the_api_get_a_named_failure() throws IOException {
        for (var answer :
                new ApiClient.Answer[] {
                    http.send("GET", "/none"),
                    http.send("GET", "/none", "Accept: */*"),
                    http.send("GET", "/api/none", BROWSER)
                }) {
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.body()).contains("method-not-found");
        }
        assertThat(http.send("GET", "/api/ticket", BROWSER).status()).isEqualTo(405);
    }
}
