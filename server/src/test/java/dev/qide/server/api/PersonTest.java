package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.api.ApiClient.Answer;
import dev.qide.server.identity.PersonalSettings;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.yjs.Lib0Encoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A person's name and settings, on a whole server.
class PersonTest {
    private static final String SETTINGS = "/api/me/settings/";
    private static final String NEW = "If-None-Match: *";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /// A type of message of the Hocuspocus provider.
    private static final int AWARENESS = 1;

    @TempDir static Path folder;
    private static TestServer server;
    private static ApiClient http;
    private String ann;
    private String ben;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(folder);
        http = new ApiClient(server.http("/"), "127.0.0.1");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /// Two new people for each test.
    @BeforeEach
    void invite() throws InterruptedException {
        ann = token("Ann", Scope.EDIT);
        ben = token("Ben", Scope.READ);
    }

    @Test
    void a_setting_is_kept_over_a_restart_and_belongs_to_one_person() throws IOException {
        var text = "{\n  // größer\n  \"editor.fontSize\": 16\n}\n";
        var created = put(ann, "settings.json", text, NEW);

        assertThat(created.status()).isEqualTo(201);
        var etag = created.header("ETag");
        server.end();
        server.begin();
        var found = send("GET", ann, SETTINGS + "settings.json");
        assertThat(new String(found.bytes(), StandardCharsets.UTF_8)).isEqualTo(text);
        assertThat(found.header("ETag")).isEqualTo(etag);
        assertThat(found.header("Content-Type")).isEqualTo("text/plain; charset=utf-8");
        assertThat(send("GET", ann, SETTINGS + "settings.json", "If-None-Match: " + etag).status())
                .isEqualTo(304);
        assertThat(failure(send("GET", ben, SETTINGS + "settings.json")))
                .isEqualTo("setting-unknown");
        assertThat(put(ann, "snippets/python.json", "{}", NEW).status()).isEqualTo(201);
        assertThat(send("GET", ann, "/api/me/settings").body())
                .contains(
                        "\"name\":\"settings.json\"",
                        "\"size\":" + text.getBytes(StandardCharsets.UTF_8).length)
                .contains("\"name\":\"snippets/python.json\"", "\"size\":2");
        assertThat(send("GET", ben, "/api/me/settings").body()).isEqualTo("{\"settings\":[]}");
    }

    @Test
    void two_machines_cannot_overwrite_each_others_settings_unseen() throws IOException {
        var first = put(ann, "keybindings.json", "[1]", NEW).header("ETag");

        assertThat(put(ann, "keybindings.json", "[2]").status()).isEqualTo(428);
        assertThat(put(ann, "keybindings.json", "[2]", NEW).status()).isEqualTo(412);
        var second = put(ann, "keybindings.json", "[2]", "If-Match: " + first);
        assertThat(second.status()).isEqualTo(204);
        assertThat(failure(put(ann, "keybindings.json", "[3]", "If-Match: " + first)))
                .isEqualTo("precondition-failed");
        assertThat(
                        failure(
                                send(
                                        "DELETE",
                                        ann,
                                        SETTINGS + "keybindings.json",
                                        "If-Match: " + first)))
                .isEqualTo("precondition-failed");
        assertThat(send("GET", ann, SETTINGS + "keybindings.json").body()).isEqualTo("[2]");
        assertThat(
                        send(
                                        "DELETE",
                                        ann,
                                        SETTINGS + "keybindings.json",
                                        "If-Match: " + second.header("ETag"))
                                .status())
                .isEqualTo(204);
        assertThat(failure(send("DELETE", ann, SETTINGS + "keybindings.json", "If-Match: *")))
                .isEqualTo("setting-unknown");
    }

    @Test
    void one_of_many_concurrent_first_writes_is_stored() throws Exception {
        try (var tasks = Executors.newVirtualThreadPerTaskExecutor()) {
            var writes =
                    tasks.invokeAll(
                            IntStream.range(0, 16)
                                    .<Callable<Integer>>mapToObj(
                                            i -> () -> put(ann, "a.json", "" + i, NEW).status())
                                    .toList());
            var statuses = writes.stream().map(done -> done.resultNow()).sorted().toList();

            assertThat(statuses).hasSize(16).startsWith(201).containsOnlyOnce(201);
            assertThat(statuses.subList(1, 16)).containsOnly(412);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ".hidden",
                "a/b/c",
                "a//b",
                "%20",
                "a%00",
                "snippets/",
                "snippets/.json",
                "ä.json",
                "a%0Ab"
            })
    void a_setting_of_another_shape_of_name_is_refused(String name) throws IOException {
        assertThat(put(ann, name, "{}", NEW).status()).isEqualTo(400);
    }

    @Test
    void settings_have_bounds() throws IOException {
        var most = "x".repeat(PersonalSettings.SETTING_BYTES);
        assertThat(failure(put(ann, "big.json", most + "x", NEW))).isEqualTo("message-too-large");
        var notText = new byte[] {(byte) 0xC3, 0x28};
        assertThat(failure(http.send("PUT", SETTINGS + "a.json", notText, bearer(ann), NEW)))
                .isEqualTo("invalid-params");
        int fitting = PersonalSettings.PERSON_BYTES / PersonalSettings.SETTING_BYTES;
        for (int i = 0; i < fitting; i++) {
            assertThat(put(ann, i + ".json", most, NEW).status()).isEqualTo(201);
        }
        assertThat(put(ann, "more.json", "x", NEW).body())
                .contains("too-many-settings", "\"reason\":\"bytes\"");
        assertThat(put(ann, "0.json", "", "If-Match: *").status()).isEqualTo(204);
        for (int i = fitting; i < PersonalSettings.SETTINGS; i++) {
            assertThat(put(ann, i + ".json", "x", NEW).status()).isEqualTo(201);
        }
        assertThat(put(ann, "more.json", "x", NEW).body())
                .contains("too-many-settings", "\"reason\":\"settings\"");
        assertThat(put(ben, "more.json", "x", NEW).status()).isEqualTo(201);
    }

    @Test
    void other_windows_of_the_person_learn_of_a_changed_setting() throws IOException {
        try (var window = window(ann);
                var other = window(ben)) {
            var etag = put(ann, "settings.json", "{}", NEW).header("ETag");
            put(ben, "keybindings.json", "[]", NEW);
            send("DELETE", ann, SETTINGS + "settings.json", "If-Match: *");

            assertThat(params(window, "qide/settingChanged").get("etag").getAsString())
                    .isEqualTo(etag);
            assertThat(params(window, "qide/settingChanged").has("etag")).isFalse();
            assertThat(params(other, "qide/settingChanged").get("name").getAsString())
                    .isEqualTo("keybindings.json");
        }
    }

    @Test
    void a_new_name_is_seen_by_others_at_once_and_kept() throws IOException {
        try (var annsWindow = window(ann);
                var bensWindow = window(ben)) {
            var path = UUID.randomUUID() + ".txt";
            present(annsWindow, path, 1);
            awaitMember(bensWindow, "Ann");

            var renamed = rename(ann, "  Änn   von  Ü ");

            assertThat(name(renamed)).isEqualTo("Änn von Ü");
            awaitMember(bensWindow, "Änn von Ü");
            // The next awareness message of a client carries the name as well.
            present(bensWindow, path, 1);
            present(annsWindow, path, 2);
            awaitFrame(bensWindow, "\"name\":\"Änn von Ü\"");
        }
        assertThat(name(send("GET", ann, "/api/me"))).isEqualTo("Änn von Ü");
        server.end();
        server.begin();
        assertThat(name(send("GET", ann, "/api/me"))).isEqualTo("Änn von Ü");
    }

    @Test
    void the_local_owner_has_one_name_in_all_logins() throws IOException {
        var login =
                http.send(
                        "POST",
                        "/api/login",
                        ("{\"token\":\"" + server.token() + "\"}")
                                .getBytes(StandardCharsets.UTF_8));
        var cookie =
                "Cookie: " + Objects.requireNonNull(login.header("Set-Cookie")).split(";", 2)[0];
        assertThat(name(http.send("GET", "/api/me", cookie))).isEqualTo("owner");

        rename(server.token(), "Grace");

        assertThat(name(http.send("GET", "/api/me", cookie))).isEqualTo("Grace");
        server.end();
        server.begin();
        assertThat(name(send("GET", server.token(), "/api/me"))).isEqualTo("Grace");
        assertThat(name(http.send("GET", "/api/me", cookie))).isEqualTo("Grace");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "                              | empty",
                "\\u200D\\u0301                | empty",
                "a\\u0000b                     | character",
                "a\\nb                         | character",
                "a\\u202Eb                     | character",
                "a\\u2066b                     | character",
                "a\\u200Bb                     | character",
                "a\\uFEFFb                     | character",
                "a\\uD800b                     | character",
                "0123456789012345678901234567890123456789012345678901234567890 | length",
            })
    void a_name_that_misleads_is_refused(String name, String reason) throws IOException {
        var answer = rename(ann, name == null ? " " : name);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).contains("display-name-illegal", "\"reason\":\"" + reason);
        assertThat(name(send("GET", ann, "/api/me"))).isEqualTo("Ann");
    }

    @ParameterizedTest
    @ValueSource(strings = {"李", "Ana Mª", "می‌خواهم", "👩‍💻", "O'Brien <b>"})
    void names_of_all_scripts_are_kept(String name) throws IOException {
        assertThat(name(rename(ann, name))).isEqualTo(name);
    }

    private String token(String name, Scope scope) throws InterruptedException {
        var link = server.linkOf(name, scope);
        return link.substring(link.indexOf('=') + 1);
    }

    private TestClient window(String token) {
        var client = TestClient.connect(server.ws("/ws/demo"), token);
        client.initialize(null);
        return client;
    }

    /// Opens a document and publishes an awareness state.
    private static void present(TestClient client, String path, int clock) {
        client.authenticate(path, "");
        client.requestContent(path);
        var state =
                new Lib0Encoder()
                        .writeVarUint(1)
                        .writeVarUint(System.identityHashCode(client))
                        .writeVarUint(clock)
                        .writeVarString("{\"cursor\":" + clock + "}")
                        .toBytes();
        client.binary(
                new Lib0Encoder()
                        .writeVarString(path)
                        .writeVarUint(AWARENESS)
                        .writeVarBytes(state)
                        .toBytes());
    }

    private static void awaitFrame(TestClient client, String part) {
        var deadline = Instant.now().plus(PATIENCE);
        for (var frame = client.frame();
                !new String(frame, StandardCharsets.UTF_8).contains(part);
                frame = client.frame()) {
            assertThat(Instant.now()).isBefore(deadline);
        }
    }

    /// An editor may get the same presence twice: when it has initialized, and as a change.
    private static void awaitMember(TestClient client, String name) {
        var _ =
                client.await(message ->
                        TestClient.isNotification(message, "qide/presence")
                                && message.toString().contains("\"name\":\"" + name + '"'));
    }

    private static JsonObject params(TestClient client, String method) {
        return client.await(message -> TestClient.isNotification(message, method))
                .getAsJsonObject("params");
    }

    private Answer rename(String token, String name) throws IOException {
        return http.send(
                "PATCH",
                "/api/me",
                ("{\"name\":\"" + name + "\"}").getBytes(StandardCharsets.UTF_8),
                bearer(token));
    }

    private static String name(Answer answer) {
        var text = new String(answer.bytes(), StandardCharsets.UTF_8);
        return JsonParser.parseString(text).getAsJsonObject().get("name").getAsString();
    }

    private Answer put(String token, String name, String text, String... headers)
            throws IOException {
        var all = new String[headers.length + 1];
        System.arraycopy(headers, 0, all, 1, headers.length);
        all[0] = bearer(token);
        return http.send("PUT", SETTINGS + name, text.getBytes(StandardCharsets.UTF_8), all);
    }

    private Answer send(String method, String token, String path, String... headers)
            throws IOException {
        var all = new String[headers.length + 1];
        System.arraycopy(headers, 0, all, 1, headers.length);
        all[0] = bearer(token);
        return http.send(method, path, all);
    }

    private static String failure(Answer answer) {
        return JsonParser.parseString(answer.body())
                .getAsJsonObject()
                .getAsJsonObject("error")
                .get("name")
                .getAsString();
    }

    private static String bearer(String token) {
        return "Authorization: Bearer " + token;
    }
}
