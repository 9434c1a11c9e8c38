package dev.qide.server.cli.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerAddressTest {
    @ParameterizedTest
    @CsvSource({
        "http://localhost:8080, http://localhost:8080",
        "HTTP://LocalHost:8080/, http://localhost:8080",
        "localhost:8080, http://localhost:8080",
        "127.0.0.1:8080, http://127.0.0.1:8080",
        "[::1]:8080, http://[::1]:8080",
        "ws://localhost, http://localhost",
        "http://localhost:80, http://localhost",
        "ide.example.org, https://ide.example.org",
        "127.example.org, https://127.example.org",
        "wss://ide.example.org:443//, https://ide.example.org",
        "https://ide.example.org:80, https://ide.example.org:80",
        "https://example.org/ide/?workspace=a, https://example.org/ide",
        "https://example.org/ide/w/demo/main.py#L3, https://example.org/ide",
        "http://localhost:8080/#token=abc, http://localhost:8080",
        "' http://localhost:8080 ', http://localhost:8080",
    })
    void an_address_has_one_form_however_it_is_written(String written, String form) {
        assertThat(ServerAddress.of(written)).hasToString(form);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "gopher://a",
                "http://",
                "http:///x",
                "http://a b",
                "https://ann@a.example",
                "http://localhost:port",
                "://"
            })
    void another_text_is_refused_without_its_token(String written) {
        assertThatThrownBy(() -> ServerAddress.of(written + "#token=s3cret"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be the address of a server")
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void a_link_has_a_token() {
        assertThat(ServerAddress.tokenOf("http://localhost:8080/#token=abc")).isEqualTo("abc");
        assertThat(ServerAddress.tokenOf("http://localhost:8080/#a=b&token=abc")).isEqualTo("abc");
        assertThat(ServerAddress.tokenOf("http://localhost:8080/#token=")).isNull();
        assertThat(ServerAddress.tokenOf("abc")).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, true",
        "127.0.0.1, true",
        "[::1], true",
        "127.example.org, false",
        "localhost.example.org, false",
        "10.0.0.1, false"
    })
    void only_loopback_addresses_are_local(String host, boolean isLocal) {
        assertThat(ServerAddress.of("http://" + host).isLocal()).isEqualTo(isLocal);
    }

    @Test
    void a_websocket_is_below_the_prefix() {
        assertThat(ServerAddress.of("https://example.org/ide").webSocket("/ws/ü b"))
                .hasToString("wss://example.org/ide/ws/ü%20b");
    }
}
