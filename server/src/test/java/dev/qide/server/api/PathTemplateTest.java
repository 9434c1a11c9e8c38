package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.api.http.PathTemplate;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PathTemplateTest {
    @Test
    void a_variable_matches_one_segment() {
        assertThat(PathTemplate.of("/ws/{ws}").match("/ws/demo")).isEqualTo(Map.of("ws", "demo"));
        assertThat(PathTemplate.of("/ws/{ws}").match("/ws/")).isNull();
        assertThat(PathTemplate.of("/ws/{ws}").match("/ws")).isNull();
        assertThat(PathTemplate.of("/ws/{ws}").match("/ws/a/b")).isNull();
        assertThat(PathTemplate.of("/ws/{ws}").match("/lsp/a")).isNull();
    }

    @Test
    void a_rest_variable_matches_all_remaining_segments() {
        assertThat(PathTemplate.of("/f/{path…}").match("/f/a/b.py"))
                .isEqualTo(Map.of("path", "a/b.py"));
        assertThat(PathTemplate.of("/f/{path…}").match("/f/a//b/"))
                .isEqualTo(Map.of("path", "a//b/"));
        assertThat(PathTemplate.of("/f/{path…}").match("/f/")).isEqualTo(Map.of("path", ""));
        assertThat(PathTemplate.of("/f/{path…}").match("/f")).isNull();
        assertThat(PathTemplate.of("/{path…}").match("/")).isEqualTo(Map.of("path", ""));
    }
}
