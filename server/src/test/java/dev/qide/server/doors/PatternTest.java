package dev.qide.server.doors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PatternTest {
    @Test
    void a_variable_is_one_segment() {
        assertThat(Pattern.of("/ws/{ws}").match("/ws/demo")).isEqualTo(Map.of("ws", "demo"));
        assertThat(Pattern.of("/ws/{ws}").match("/ws/")).isNull();
        assertThat(Pattern.of("/ws/{ws}").match("/ws")).isNull();
        assertThat(Pattern.of("/ws/{ws}").match("/ws/a/b")).isNull();
        assertThat(Pattern.of("/ws/{ws}").match("/lsp/a")).isNull();
    }

    @Test
    void a_rest_takes_every_slash() {
        assertThat(Pattern.of("/f/{path…}").match("/f/a/b.py")).isEqualTo(Map.of("path", "a/b.py"));
        assertThat(Pattern.of("/f/{path…}").match("/f/a//b/")).isEqualTo(Map.of("path", "a//b/"));
        assertThat(Pattern.of("/f/{path…}").match("/f/")).isEqualTo(Map.of("path", ""));
        assertThat(Pattern.of("/f/{path…}").match("/f")).isNull();
        assertThat(Pattern.of("/{path…}").match("/")).isEqualTo(Map.of("path", ""));
    }
}
