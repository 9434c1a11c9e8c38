package dev.qide.server.api;

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
    void pages_of_this_server_and_on_the_list_are_admitted(String origin, String host) {
        assertThat(origins.admit(origin, host)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "http://evil.example, localhost:8080",
        "http://localhost:9999, localhost:8080",
        // With DNS rebinding the foreign page sends its own name as Host.
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
    void a_client_without_an_origin_is_admitted() {
        assertThat(origins.admit(null, "localhost:8080")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "localhost:8080, true",
        "LOCALHOST, true",
        "127.0.0.1:8080, true",
        "127.7.7.7, true",
        "[::1]:8080, true",
        "192.168.1.7:8080, true",
        "ide.example.org, true",
        "ide.example.org:8443, true",
        "rebound.example:8080, false",
        "127.0.0.1.rebound.example, false",
        "localhost.rebound.example:8080, false",
        "rebound.example:8080:80, false",
        "'', false"
    })
    void a_host_header_names_this_server_or_a_rebound_name(String host, boolean isOwnHost) {
        var bound = new Origins("192.168.1.7", Set.of("https://ide.example.org"));
        assertThat(bound.isOwnHost(host)).isEqualTo(isOwnHost);
        assertThat(bound.isOwnHost(null)).isFalse();
    }
}
