package dev.qide.server.doors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OriginsTest {
    private final Origins origins = new Origins("127.0.0.1", Set.of("https://ide.example.org"));

    @ParameterizedTest
    @CsvSource({
        "http://localhost:8080, localhost:8080",
        "http://127.0.0.1:8080, 127.0.0.1:8080",
        "http://[::1]:8080, [::1]:8080",
        "https://ide.example.org, anything"
    })
    void pages_of_this_server_and_of_the_list_are_admitted(String origin, String host) {
        assertThat(origins.admit(origin, host)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "http://evil.example, localhost:8080",
        "http://localhost:9999, localhost:8080",
        // A name that was rebound to this machine brings its own Host header.
        "http://rebound.example:8080, rebound.example:8080",
        "http://ide.example.org, ide.example.org",
        "null, localhost:8080",
        "'', localhost:8080",
        "http://localhost:8080@evil.example, localhost:8080",
        "not a url, localhost:8080"
    })
    void every_other_page_is_refused(String origin, String host) {
        assertThat(origins.admit(origin, host)).isFalse();
    }

    @Test
    void a_client_that_is_no_browser_sends_no_origin() {
        assertThat(origins.admit(null, "localhost:8080")).isTrue();
    }
}
