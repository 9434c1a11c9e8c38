package dev.qide.server.cli.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The conventions of curl and Go for the variables that name a proxy.
class HttpProxyTest {
    @ParameterizedTest(name = "{0} for {1}")
    @CsvSource({
        "https_proxy=a:1 HTTPS_PROXY=b:2 http_proxy=c:3, https://ide.example, a:1",
        "https_proxy=a:1 http_proxy=c:3, wss://ide.example, a:1",
        "https_proxy=a:1 HTTP_PROXY=c:3, http://ide.example, c:3",
        "https_proxy=a:1, http://ide.example, none",
        "HTTPS_PROXY=b:2, https://ide.example, b:2",
        "https_proxy= HTTPS_PROXY=b:2, https://ide.example, b:2",
        "ALL_PROXY=d:4, https://ide.example, d:4",
        "all_proxy=d:4 http_proxy=c:3, ws://ide.example, c:3",
        "https_proxy=http://a, https://ide.example, a:80",
        "https_proxy=HTTP://A.example:3128/, https://ide.example, A.example:3128",
        "https_proxy=http://[::1]:3128, https://ide.example, [::1]:3128",
        "https_proxy=a:1, https://localhost:8443, none",
        "https_proxy=a:1, https://127.1.2.3:8443, none",
        "https_proxy=a:1, https://[::1]:8443, none",
        "https_proxy=a:1, https://127.example, a:1",
        "no_proxy=ide.example, https://ide.example, none",
    })
    void the_scheme_of_the_server_chooses_the_variable(
            String variables, URI server, String expected) {
        var proxy = HttpProxy.of(variables(variables), server);
        assertThat(proxy == null ? "none" : proxy.authority()).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0} and {1}: {2}")
    @CsvSource({
        "ide.example, https://ide.example, true",
        "IDE.example, https://Ide.Example, true",
        "example, https://ide.example, true",
        ".example, https://ide.example, true",
        "*.example, https://ide.example, true",
        "example, https://ide.example., true",
        "example., https://ide.example, true",
        "de.example, https://ide.example, false",
        "ide.example.org, https://ide.example, false",
        "a.example b.example, https://b.example, true",
        "'a.example, b.example', https://b.example, true",
        "*, https://ide.example, true",
        ".*, https://ide.example, false",
        "'', https://ide.example, false",
        "',', https://ide.example, false",
        ".., https://ide.example, false",
        "ide.example:8443, https://ide.example:8443, true",
        "ide.example:443, https://ide.example, true",
        "ide.example:80, http://ide.example, true",
        "ide.example:8443, https://ide.example, false",
        "10.0.0.5, https://10.0.0.5, true",
        "10.0.0.0/8, https://10.9.8.7:8443, true",
        "10.0.0.0/8, https://11.0.0.1, false",
        "10.0.0.128/25, https://10.0.0.127, false",
        "0.0.0.0/0, https://10.0.0.1, true",
        "10.0.0.0/33, https://10.0.0.1, false",
        "10.0.0.0/x, https://10.0.0.1, false",
        "0.5, https://10.0.0.5, false",
        "10.0.0.0/8, https://ten.example, false",
        "fd00::/8, https://[fd12::1], true",
        "[fd12::1]:8443, https://[fd12::1]:8443, true",
        "fd12::1, https://[fd12:0::1], true",
        "10.0.0.0/8, https://[fd12::1], false",
    })
    void no_proxy_names_hosts_and_what_is_below_them_networks_and_ports(
            String list, URI server, boolean isDirect) {
        for (var name : new String[] {"no_proxy", "NO_PROXY"}) {
            var variables = Map.of("https_proxy", "a:1", "http_proxy", "a:1", name, list);
            assertThat(HttpProxy.of(variables, server) == null).as(name).isEqualTo(isDirect);
        }
    }

    @Test
    void lower_case_counts_first() {
        var variables =
                Map.of(
                        "https_proxy",
                        "a:1",
                        "no_proxy",
                        "other.example",
                        "NO_PROXY",
                        "ide.example");
        assertThat(HttpProxy.of(variables, URI.create("https://ide.example"))).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({
        "ann:s3cret, ann:s3cret",
        "ann:a%40b%3Ac%25, ann:a@b:c%",
        "ann, ann:",
        "ann:%C3%BC, ann:ü",
    })
    void name_and_password_are_decoded_and_never_shown(String written, String expected) {
        var variables = Map.of("https_proxy", "http://" + written + "@proxy.example:3128");
        var proxy =
                Objects.requireNonNull(HttpProxy.of(variables, URI.create("https://ide.example")));

        assertThat(Objects.requireNonNull(proxy.authorization()).reveal())
                .isEqualTo(
                        "Basic "
                                + Base64.getEncoder()
                                        .encodeToString(expected.getBytes(StandardCharsets.UTF_8)));
        assertThat(proxy).hasToString("http://proxy.example:3128");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "socks5://ann:s3cret@proxy.example:1080",
                "https://ann:s3cret@proxy.example",
                "http://ann:s3cret pass@proxy.example",
                "http://ann:s3cret@",
                "http://ann:s3cret@proxy.example:port",
                "ann:s3cret^@proxy.example",
                "://s3cret",
            })
    void what_is_no_http_proxy_is_refused_without_its_password(String value) {
        assertThatThrownBy(() ->
                        HttpProxy.of(
                                Map.of("HTTPS_PROXY", value), URI.create("https://ide.example")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("HTTPS_PROXY must be the address of an HTTP proxy")
                .hasStackTraceContaining("HttpProxy")
                .satisfies(failure -> assertThat(stackTrace(failure)).doesNotContain("s3cret"));
    }

    private static String stackTrace(Throwable failure) {
        var text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    /// The variables of `name=value name=value`.
    private static Map<String, String> variables(String text) {
        var variables = new HashMap<String, String>();
        for (var part : text.split(" ", -1)) {
            var both = part.split("=", 2);
            variables.put(both[0], both[1]);
        }
        return variables;
    }
}
