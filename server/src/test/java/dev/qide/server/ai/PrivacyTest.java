package dev.qide.server.ai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import dev.qide.server.Growth;
import dev.qide.server.ai.privacy.Redaction;
import dev.qide.server.ai.privacy.SecretFormats;
import dev.qide.server.ai.provider.ModelEvent;
import dev.qide.server.ai.provider.ModelRequest;
import dev.qide.server.ai.provider.ModelRequest.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What leaves for a provider, and what does not.
class PrivacyTest {
    static final String BASE62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    static final String HEX = "0123456789abcdef";
    private static final int EACH = 200;
    private static final Gson STRICT = new GsonBuilder().setStrictness(Strictness.STRICT).create();
    private static final long SEED = 20_261_128;

    /// Published formats as pieces: a prefix, an alphabet and a number of characters.
    static final Map<String, List<Object>> FORMATS =
            Map.ofEntries(
                    Map.entry("AKIA", List.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)),
                    Map.entry("ghp_", List.of(BASE62, 36)),
                    Map.entry("github_pat_", List.of(BASE62, 82)),
                    Map.entry("glpat-", List.of(BASE62, 20)),
                    Map.entry("xoxb-", List.of(BASE62, 40)),
                    Map.entry("sk_live_", List.of(BASE62, 24)),
                    Map.entry("sk-ant-api03-", List.of(BASE62, 95)),
                    Map.entry("sk-proj-", List.of(BASE62, 60)),
                    Map.entry("AIza", List.of(BASE62, 35)),
                    Map.entry("npm_", List.of(BASE62, 36)),
                    Map.entry("hf_", List.of(BASE62, 34)),
                    Map.entry("dop_v1_", List.of(HEX, 64)),
                    Map.entry("shpat_", List.of(HEX, 32)),
                    Map.entry("dapi", List.of(HEX, 32)),
                    Map.entry("hvs.", List.of(BASE62, 90)),
                    Map.entry("AGE-SECRET-KEY-1", List.of("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)));

    /// Where keys are written.
    private static final List<String> PLACES =
            List.of(
                    "API_KEY=%s",
                    "  \"token\": \"%s\",",
                    "curl -H 'Authorization: Bearer %s' https://api.example",
                    "https://api.example/v1?key=%s&limit=3",
                    "client = Client(\"%s\")  # for tests",
                    "secret: %s",
                    "<add value=\"%s\"/>",
                    "value: %s,",
                    "[%s]");

    @Test
    void every_key_of_a_published_format_is_found() {
        var random = new Random(SEED);
        FORMATS.forEach((prefix, shape) -> {
            for (int i = 0; i < EACH; i++) {
                var key = prefix + random(random, (String) shape.get(0), (int) shape.get(1));
                assertThat(new Redaction().redact("x = f(\"" + key + "\")")).doesNotContain(key);
            }
        });
    }

    @Test
    void random_strings_are_found_and_clean_lines_are_left_alone() throws IOException {
        var random = new Random(SEED);
        int found = 0;
        for (int i = 0; i < EACH; i++) {
            found += isFound(random, random(random, BASE62, 32)) ? 1 : 0;
            found += isFound(random, random(random, BASE62 + "+/", 44)) ? 1 : 0;
            found += isFound(random, random(random, HEX, 64)) ? 1 : 0;
        }
        assertThat(found)
                .as("of %d random strings", 3 * EACH)
                .isGreaterThanOrEqualTo(3 * EACH * 95 / 100);

        var lines = new ArrayList<String>();
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            for (var file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
                lines.addAll(Files.readAllLines(file));
            }
        }
        long touched = lines.stream().filter(line -> !SecretFormats.in(line).isEmpty()).count();
        System.out.printf(
                "%d of %d random strings found; %d of %d clean lines touched%n",
                found, 3 * EACH, touched, lines.size());
        assertThat(touched).isLessThanOrEqualTo(lines.size() / 200);
    }

    /// Whether a secret is replaced in one of [#PLACES].
    static boolean isFound(Random random, String secret) {
        var line = PLACES.get(random.nextInt(PLACES.size())).formatted(secret);
        return !new Redaction().redact(line).contains(secret);
    }

    @Test
    void secrets_are_restored_in_the_answer_however_it_is_split() {
        var key = "ghp_" + random(new Random(SEED), BASE62, 36);
        for (int size = 1; size < 20; size++) {
            var redaction = new Redaction();
            var sent = redaction.redact("key = " + key + ";");
            assertThat(sent).isEqualTo("key = REDACTED_SECRET_0001;");
            var answer = "I use " + sent + " twice: " + sent + " REDACTED_SEC";
            var text = new StringBuilder();
            for (int i = 0; i < answer.length(); i += size) {
                var part = answer.substring(i, Math.min(answer.length(), i + size));
                collect(redaction.restore(new ModelEvent.Text(part)), text);
                // Gemini reports the usage after each part.
                collect(redaction.restore(new ModelEvent.Used(ModelEvent.Usage.NONE)), text);
            }
            collect(
                    redaction.restore(new ModelEvent.Finished(ModelEvent.StopReason.END, "")),
                    text);
            assertThat(text).hasToString(answer.replace("REDACTED_SECRET_0001", key));
        }
    }

    @Test
    void thinking_that_is_held_back_precedes_the_text_after_it() {
        var redaction = new Redaction();
        var _ = redaction.redact("ghp_" + random(new Random(SEED), BASE62, 36));
        var events = new ArrayList<ModelEvent>();
        for (var event :
                List.of(
                        new ModelEvent.Thinking("use R"),
                        new ModelEvent.Text("or R"),
                        new ModelEvent.Thinking("hm"))) {
            events.addAll(redaction.restore(event));
        }
        assertThat(events)
                .containsExactly(
                        new ModelEvent.Thinking("use "),
                        new ModelEvent.Thinking("R"),
                        new ModelEvent.Text("or "),
                        new ModelEvent.Text("R"),
                        new ModelEvent.Thinking("hm"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\\n"})
    void a_secret_is_restored_into_arguments_as_it_was_in_a_text(String lineEnd) {
        var key =
                String.join(
                        lineEnd,
                        "-----BEGIN PRIVATE KEY-----",
                        "MIIEpAIBAAKCAQEA",
                        "-----END PRIVATE KEY-----");
        var arguments = new JsonObject();
        arguments.addProperty("text", "key = \"" + key + "\"");
        for (int size = 1; size < 20; size++) {
            var redaction = new Redaction();
            var parts =
                    parts(
                            redaction,
                            ModelRequest.Options.DEFAULTS,
                            new Part.ToolResult("1", key, false),
                            new Part.ToolCall("2", "write", arguments.toString()));
            assertThat(parts.getFirst())
                    .isEqualTo(new Part.ToolResult("1", "REDACTED_SECRET_0001", false));
            var sent = ((Part.ToolCall) parts.getLast()).arguments();
            assertThat(sent).isEqualTo("{\"text\":\"key = \\\"REDACTED_SECRET_0001\\\"\"}");
            assertThat(STRICT.fromJson(restored(redaction, sent, size), JsonObject.class))
                    .isEqualTo(arguments);
        }
    }

    @Test
    void arguments_are_searched_with_the_names_of_their_members() {
        var key = "ghp_" + random(new Random(SEED), BASE62, 36);
        for (var arguments :
                new String[][] {
                    {
                        "{\"password\": \"hunter2correct9horse\", \"n\": 1.0}",
                        "{\"password\":\"REDACTED_SECRET_0001\",\"n\":1.0}"
                    },
                    {"{\"" + key + "\": null}", "{\"REDACTED_SECRET_0001\":null}"},
                    {
                        "{\"a\": \"" + key + "\", \"a\": 1}",
                        "{\"a\": \"REDACTED_SECRET_0001\", \"a\": 1}"
                    },
                    {"{\"a\": [\"" + key, "{\"a\": [\"REDACTED_SECRET_0001"},
                    {"{ \"a\" : \"b\" }", "{ \"a\" : \"b\" }"},
                }) {
            var call = new Part.ToolCall("1", "f", arguments[0]);
            assertThat(parts(new Redaction(), ModelRequest.Options.DEFAULTS, call))
                    .containsExactly(new Part.ToolCall("1", "f", arguments[1]));
        }
    }

    @Test
    void a_secret_in_a_json_answer_is_escaped() {
        var key = "-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END PRIVATE KEY-----";
        var json = new ModelRequest.Format("answer", null, false);
        var options = new ModelRequest.Options(null, null, null, List.of(), json, null);
        var redaction = new Redaction();
        var _ = parts(redaction, options, new Part.Text(key));
        assertThat(redaction.restore(new ModelEvent.Text("{\"key\":\"REDACTED_SECRET_0001\"}")))
                .containsExactly(
                        new ModelEvent.Text("{\"key\":\"" + key.replace("\n", "\\n") + "\"}"));
    }

    /// What the redaction makes of arguments that arrive in parts of this size.
    private static String restored(Redaction redaction, String arguments, int size) {
        var json = new StringBuilder();
        var events = new ArrayList<ModelEvent>();
        for (int i = 0; i < arguments.length(); i += size) {
            var part = arguments.substring(i, Math.min(arguments.length(), i + size));
            events.addAll(redaction.restore(new ModelEvent.ToolArguments(0, part)));
        }
        events.addAll(
                redaction.restore(new ModelEvent.Finished(ModelEvent.StopReason.TOOL_USE, "")));
        events.forEach(event -> {
            if (event instanceof ModelEvent.ToolArguments(_, var part)) {
                json.append(part);
            }
        });
        return json.toString();
    }

    /// The parts of a message without secrets.
    private static List<Part> parts(
            Redaction redaction, ModelRequest.Options options, Part... parts) {
        var request =
                new ModelRequest.Chat(
                        List.of(),
                        List.of(
                                new ModelRequest.Message(
                                        ModelRequest.Role.ASSISTANT, List.of(parts))),
                        List.of(),
                        new ModelRequest.ToolChoice.Auto(),
                        options,
                        ModelRequest.Extras.NONE);
        var redacted = (ModelRequest.Chat) redaction.redact(request);
        return redacted.messages().getFirst().parts();
    }

    private static void collect(List<ModelEvent> events, StringBuilder text) {
        events.forEach(event -> {
            if (event instanceof ModelEvent.Text(var part)) {
                text.append(part);
            }
        });
    }

    @Test
    void a_secret_is_found_in_every_part_of_a_request() {
        var key = "ghp_" + random(new Random(SEED), BASE62, 36);
        var members =
                JsonParser.parseString(
                                "{\"prediction\":{\"content\":[{\"text\":\""
                                        + key
                                        + "\"}]},\"n\":1}")
                        .getAsJsonObject();
        var schema = JsonParser.parseString("{\"default\":\"" + key + "\"}").getAsJsonObject();
        var request =
                new ModelRequest.Chat(
                        List.of(new Part.Text(key)),
                        List.of(
                                new ModelRequest.Message(
                                        ModelRequest.Role.ASSISTANT,
                                        List.of(
                                                new Part.Thinking("I saw " + key, "signature"),
                                                new Part.ToolCall(
                                                        "1", "f", "{\"k\":\"" + key + "\"}"),
                                                new Part.ToolResult("1", key, false)))),
                        List.of(new ModelRequest.Tool("f", "uses " + key, schema)),
                        new ModelRequest.ToolChoice.Auto(),
                        new ModelRequest.Options(
                                1,
                                null,
                                null,
                                List.of(),
                                new ModelRequest.Format("answer", schema, false),
                                null),
                        new ModelRequest.Extras("openai", members, ""));

        var redacted = new Redaction().redact(request);
        assertThat(redacted.toString()).doesNotContain(key).contains("\"n\":1", "signature");
        assertThat(request.toString()).contains(key);
    }

    @Test
    void named_values_blocks_and_passwords_in_urls_are_found() {
        for (var secret : List.of("hunter2correct9horse", "Tr0ub4dor3xyz7Q")) {
            assertThat(new Redaction().redact("db_password: '" + secret + "'"))
                    .doesNotContain(secret);
            assertThat(new Redaction().redact("postgres://ann:" + secret + "@db/x"))
                    .isEqualTo("postgres://ann:REDACTED_SECRET_0001@db/x");
        }
        var block =
                "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----";
        assertThat(new Redaction().redact("a\n" + block + "\nb"))
                .isEqualTo("a\nREDACTED_SECRET_0001\nb");
        assertThat(new Redaction().redact("password = input(\"Password\")"))
                .doesNotContain("REDACTED_SECRET");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ".env",
                "a/.env.local",
                "x/server.key",
                "id_rsa",
                ".aws/config",
                "a.tfstate",
                "B.PEM"
            })
    void files_with_secrets_stay(String path) {
        PrivateFiles none = (_, _) -> false;
        assertThatThrownBy(() -> none.requireShareable("demo", path))
                .hasMessageContaining("file-ignored");
        none.requireShareable("demo", "src/environment.py");
        none.requireShareable("demo", ".env.example");
        PrivateFiles all = (_, _) -> true;
        assertThatThrownBy(() -> all.requireShareable("demo", "a.py"))
                .hasMessageContaining("file-ignored");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "eyJ",
                "-eyJ",
                "sk-",
                "password=",
                "-----BEGIN PRIVATE KEY-----",
                "://a:"
            })
    void finding_is_linear(String part) {
        Growth.check("secrets", 20_000, n -> part.repeat(n / part.length()), SecretFormats::in);
        // A bounded look ahead from each of many starts grows linearly too, but costs thousands of
        // steps a character.
        var large = part.repeat((4 << 20) / part.length());
        assertTimeout(Duration.ofSeconds(20), () -> SecretFormats.in(large));
    }

    @Test
    void thinking_is_searched_for_all_secrets_at_once() {
        Growth.checkUnordered(
                "thinking",
                25_000,
                n -> {
                    var random = new Random(SEED);
                    var secrets = new StringBuilder();
                    while (secrets.length() < n) {
                        secrets.append(random(random, BASE62, 24)).append(' ');
                    }
                    return List.of(
                            new Part.Text(secrets.toString()),
                            new Part.Thinking(random(random, BASE62, n), "signature"));
                },
                request -> {
                    var _ =
                            parts(
                                    new Redaction(),
                                    ModelRequest.Options.DEFAULTS,
                                    request.toArray(Part[]::new));
                });
    }

    @Test
    void secrets_beyond_the_bound_are_replaced_and_not_restored() {
        var random = new Random(SEED);
        var keys = new ArrayList<String>();
        for (int i = 0; i < 10_001; i++) {
            keys.add("ghp_" + random(random, BASE62, 36));
        }
        var redaction = new Redaction();
        var sent =
                parts(
                        redaction,
                        ModelRequest.Options.DEFAULTS,
                        new Part.Text(String.join(" ", keys)),
                        new Part.Thinking(keys.get(9_998) + " " + keys.get(10_000), "signature"));
        assertThat(sent.getFirst().toString())
                .contains("REDACTED_SECRET_9999 REDACTED_SECRET_0000 REDACTED_SECRET_0000");
        assertThat(sent.getLast())
                .isEqualTo(
                        new Part.Thinking(
                                "REDACTED_SECRET_9999 REDACTED_SECRET_0000", "signature"));
        assertThat(redaction.count()).isEqualTo(9_999);
        assertThat(
                        redaction.restore(
                                new ModelEvent.Text("REDACTED_SECRET_9999 REDACTED_SECRET_0000.")))
                .containsExactly(new ModelEvent.Text(keys.get(9_998) + " REDACTED_SECRET_0000."));
    }

    static String random(Random random, String alphabet, int length) {
        var text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }
}
