package dev.qide.server.language.rewrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonParser;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// JSON in, JSON out: what is replaced, and that nothing else changes.
class JsonRewriterTest {
    private static final String CLIENT = "file:///c%3A/Users/Ann/My%20Project";
    private static final RootMap.PathView SIGHT =
            new RootMap.PathView(
                    "/workspace",
                    "/install",
                    List.of(
                            new ExternalFolder(
                                    "qide-external:/ls/install",
                                    "/install",
                                    Path.of("/install"),
                                    false)));
    private static final int FUZZ_ROUNDS = 20_000;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"uri\":\"file:///c%3A/Users/Ann/My%20Project/a.py\"}|{\"uri\":\"file:///workspace/a.py\"}",
                "{\"uri\":\"file:///C:/Users/Ann/My%20Project/a%20b.py\"}|{\"uri\":\"file:///workspace/a%20b.py\"}",
                "{\"uri\":\"FILE:\\/\\/\\/C:\\/Users\\/Ann\\/My Project\"}|{\"uri\":\"file:///workspace\"}",
                "{\"uri\":\"file:/c:/Users/Ann/My%20Project/a.py\"}|{\"uri\":\"file:///workspace/a.py\"}",
                "{\"file:///c:/Users/Ann/My%20Project/a.py\" : [ 1.0e+2 ]}|{\"file:///workspace/a.py\" : [ 1.0e+2 ]}",
                "[\"in c:/Users/Ann/My Project/a.py, line 1\"]|[\"in /workspace/a.py, line 1\"]",
                "[\"c:/Users/Ann/My Projects/a.py\"]|[\"c:/Users/Ann/My Projects/a.py\"]",
                "{\"text\":\"file:///c:/Users/Ann/My%20Project/a.py\"}|{\"text\":\"file:///c:/Users/Ann/My%20Project/a.py\"}",
                "{\"uri\":\"untitled:Untitled-1\"}|{\"uri\":\"untitled:Untitled-1\"}",
                "{\"uri\":\"qide-external:/ls/install/lib.d.ts\"}|{\"uri\":\"file:///install/lib.d.ts\"}",
            })
    void a_clients_root_becomes_the_servers(String before, String after) {
        assertThat(toServer(CLIENT).rewritten(before, null)).isEqualTo(after);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"uri\":\"file:///workspace/a.py\"}|{\"uri\":\"file:///c%3A/Users/Ann/My%20Project/a.py\"}",
                "[\"[a](file:///workspace/a.py#L1) and /workspace.\"]|[\"[a](file:///c%3A/Users/Ann/My%20Project/a.py#L1) and c:/Users/Ann/My Project.\"]",
                "[\"/workspace2/a\",\"/home/workspace/a\",\"/workspace.py\"]|[\"/workspace2/a\",\"/home/workspace/a\",\"/workspace.py\"]",
                "{\"newText\":\"/workspace/a\"}|{\"newText\":\"/workspace/a\"}",
                "{\"uri\":\"file:///install/lib.d.ts\"}|{\"uri\":\"qide-external:/ls/install/lib.d.ts\"}",
                "[\"in /install/lib.d.ts\"]|[\"in /opt/ls/lib.d.ts\"]",
            })
    void a_servers_root_becomes_the_clients(String before, String after) {
        assertThat(toClient(CLIENT).rewritten(before, null)).isEqualTo(after);
    }

    @Test
    void without_a_root_a_file_is_its_path() {
        assertThat(toServer(null).rewritten("[\"file:///src/Main.py\"]", null))
                .isEqualTo("[\"file:///workspace/src/Main.py\"]");
        assertThat(toClient(null).rewritten("[\"file:///workspace/src/Main.py\"]", null))
                .isEqualTo("[\"file:///src/Main.py\"]");
        var data = "{\"data\":{\"file\":\"/workspace/a.ts\"}}";
        assertThat(toClient(null).rewritten(data, null)).isEqualTo(data);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///etc/passwd",
                "file:///c%3A/Users/Ann/My%20Project/../x",
                "file:///c%3A/Users/Ann/My%20Project/%2e%2E/x",
                "file:///c%3A/Users/Ann/My%20Project%2F..%2Fx",
                "file:///c%3A/Users/Ann/My%20Project/a%00",
                "file:///opt/ls/x",
                "qide-external:/ls/install/../x",
                "qide-external:/ls/install%2F..%2Fx",
                "qide-external:/other/x",
                "file:etc",
            })
    void a_uri_outside_the_root_is_refused(String uri) {
        assertThatThrownBy(() -> toServer(CLIENT).rewritten("{\"uri\":\"" + uri + "\"}", null))
                .isInstanceOfSatisfying(
                        FailureException.class,
                        refused -> assertThat(refused.failure()).isEqualTo(Failure.PATH_ILLEGAL));
    }

    @Test
    void only_the_outermost_id_is_replaced() {
        var before = "{ \"params\":{\"id\":1},\"id\" : \"a\\\"b\" }";
        assertThat(toServer(null).rewritten(before, "7"))
                .isEqualTo("{ \"params\":{\"id\":1},\"id\" : 7 }");
        assertThat(toServer(null).rewritten("{\"id\":-1.5e3}", "\"x\""))
                .isEqualTo("{\"id\":\"x\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{\"a\":}",
                "[1,]",
                "[01]",
                "[1.]",
                "[+1]",
                "[\"\\x\"]",
                "[\"\\u00g0\"]",
                "nul",
                "{\"a\" 1}",
                "[\"\n\"]",
                "[] []",
                "{'a':1}",
                "[NaN]",
                "\"open"
            })
    void malformed_json_is_refused(String text) {
        assertThatThrownBy(() -> toServer(null).rewritten(text, null))
                .isInstanceOf(FailureException.class);
    }

    @Test
    void json_nested_too_deeply_is_refused() {
        assertThatThrownBy(() -> toServer(null).rewritten("[".repeat(100_000), null))
                .isInstanceOf(FailureException.class);
    }

    @Test
    void random_json_stays_byte_for_byte_where_roots_are_the_same() {
        long seed = Long.getLong("seed", 20_261_123L);
        var random = new Random(seed);
        var same =
                new JsonRewriter(
                        RootMap.toClient(
                                RootUri.ofPath("/workspace"),
                                new RootMap.PathView("/workspace", "/opt/ls", List.of())));
        var there = toServer("file:///home/ann/pro%20ject");
        var back = toClient("file:///home/ann/pro%20ject");
        for (int round = 0; round < FUZZ_ROUNDS; round++) {
            var json = value(random, 0);
            assertThat(JsonParser.parseString(json)).isNotNull();
            assertThat(same.rewritten(json, null)).as("seed %d", seed).isEqualTo(json);
            assertThat(there.rewritten(back.rewritten(json, null), null))
                    .as("seed %d", seed)
                    .isEqualTo(json);
        }
    }

    private static String value(Random random, int depth) {
        return switch (random.nextInt(depth > 4 ? 4 : 6)) {
            case 0 -> pick(random, "0", "-0", "1E400", "-12.50e-7", "9007199254740993", "0.10");
            case 1 -> pick(random, "true", "false", "null");
            case 2, 3 -> string(random);
            case 4 -> {
                var array = new StringBuilder("[");
                for (int i = random.nextInt(4); i > 0; i--) {
                    array.append(space(random)).append(value(random, depth + 1));
                    array.append(i > 1 ? "," : "");
                }
                yield array + space(random) + "]";
            }
            default -> {
                var object = new StringBuilder("{");
                for (int i = random.nextInt(4); i > 0; i--) {
                    object.append(space(random)).append(string(random)).append(space(random));
                    object.append(":").append(value(random, depth + 1)).append(i > 1 ? "," : "");
                }
                yield object + space(random) + "}";
            }
        };
    }

    private static String string(Random random) {
        var string = new StringBuilder("\"");
        for (int i = random.nextInt(5); i > 0; i--) {
            string.append(
                    pick(
                            random,
                            "file:///workspace/a%20b",
                            " /workspace/x",
                            "/workspaces",
                            "\\/",
                            "\\u0041",
                            "\\ud83d",
                            "\\ud83d\\ude00",
                            "😀",
                            "\\\"",
                            "\\\\",
                            "é",
                            "%",
                            "://"));
        }
        return string.append('"').toString();
    }

    private static String space(Random random) {
        return pick(random, "", "", " ", "\n\t", "\r\n");
    }

    private static String pick(Random random, String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static JsonRewriter toServer(@Nullable String client) {
        return new JsonRewriter(RootMap.toServer(RootUri.ofClient(client), SIGHT));
    }

    private static JsonRewriter toClient(@Nullable String client) {
        return new JsonRewriter(RootMap.toClient(RootUri.ofClient(client), SIGHT));
    }
}
