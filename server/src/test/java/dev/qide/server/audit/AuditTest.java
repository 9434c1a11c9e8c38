package dev.qide.server.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.TestClient;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.store.AuditTable;
import dev.qide.server.store.Database;
import dev.qide.server.store.WorkspaceTable;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the audit log has of what people did, who reads it, and what becomes of a person's data.
class AuditTest {
    @TempDir static Path folder;
    private static TestServer server;
    private static HttpClient http;

    @BeforeAll
    static void start() throws Exception {
        Files.writeString(folder.resolve("main.py"), "print('hello')\n");
        server = TestServer.start(folder);
        http = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        http.close();
        server.close();
    }

    @Test
    void an_owner_reads_who_did_what_to_what_from_where_with_which_result() throws Exception {
        var ann = server.tokenOf("Ann", Scope.READ);
        var id = idOf(ann);
        assertThat(send("POST", server.token(), "/api/workspaces", "{\"name\":\"audited\"}"))
                .returns(201, HttpResponse::statusCode);
        assertThat(send("PUT", ann, "/api/workspaces/demo/files/main.py", "secret text"))
                .returns(403, HttpResponse::statusCode);
        assertThat(send("DELETE", server.token(), "/api/workspaces/nowhere", ""))
                .returns(404, HttpResponse::statusCode);
        assertThat(send("POST", "", "/api/login", "{\"token\":\"" + ann + "\"}"))
                .returns(204, HttpResponse::statusCode);
        assertThat(send("POST", "", "/api/login", "{\"token\":\"wrong\"}"))
                .returns(401, HttpResponse::statusCode);
        try (var socket = TestClient.connect(server.ws("/ws/demo"), ann)) {
            socket.initialize(null);
        }

        awaitEvent("", "POST /api/workspaces", "audited", "ok", "\"name\":\"owner\"");
        awaitEvent(
                id, "PUT /api/workspaces/{ws}/files/{path…}", "demo/main.py", "forbidden", "Ann");
        awaitEvent("", "DELETE /api/workspaces/{ws}", "nowhere", "workspace-unknown", "127.0.0.1");
        awaitEvent(id, "login", "", "ok", "Ann");
        awaitEvent("", "login", "", "unauthenticated", "127.0.0.1");
        awaitEvent(id, "connect", "/ws/demo", "ok", "Ann");
        var all = events("limit=1000");
        assertThat(all).doesNotContain("secret text", ann, "GET /api/me");
    }

    @Test
    void an_event_says_whose_membership_changed_and_what_was_created() throws Exception {
        var person = "9d1c0d4e-5a64-4d0e-8f8c-0a4bb6c0a001";
        var members = "/api/organisations/home/members/" + person;
        assertThat(send("PUT", server.token(), members, "{\"role\":\"viewer\"}").statusCode())
                .isEqualTo(404);
        assertThat(send("DELETE", server.token(), "/api/workspaces/demo/members/" + person, ""))
                .returns(404, HttpResponse::statusCode);
        var share =
                send("POST", server.token(), "/api/workspaces/demo/shares", "{\"role\":\"view\"}");
        var id = json(share.body()).getAsJsonObject("share").get("id").getAsString();

        awaitEvent(
                "",
                "PUT /api/organisations/{org}/members/{person}",
                "home/" + person,
                "member-unknown",
                "");
        awaitEvent(
                "",
                "DELETE /api/workspaces/{ws}/members/{person}",
                "demo/" + person,
                "member-unknown",
                "");
        awaitEvent("", "POST /api/workspaces/{ws}/shares", "demo/" + id, "ok", "");
    }

    @Test
    void events_come_in_pages_the_latest_first() throws Exception {
        for (int i = 0; i < 5; i++) {
            send("DELETE", server.token(), "/api/workspaces/paged" + i, "");
        }
        awaitEvent("", "DELETE /api/workspaces/{ws}", "paged4", "workspace-unknown", "");
        var seen = new ArrayList<String>();
        var query = "object=paged&limit=2";
        for (String next = ""; next != null; ) {
            var page = json(events(query + next));
            page.getAsJsonArray("events")
                    .forEach(
                            event -> seen.add(event.getAsJsonObject().get("object").getAsString()));
            next = page.has("next") ? "&before=" + page.get("next").getAsLong() : null;
        }
        assertThat(seen).containsExactly("paged4", "paged3", "paged2", "paged1", "paged0");
    }

    @Test
    void only_an_owner_with_the_scope_admin_reads_events() throws Exception {
        for (var scopes : List.of(new Scope[] {Scope.EDIT}, new Scope[] {Scope.OBSERVE})) {
            var token = server.tokenOf("No owner", scopes);
            assertThat(send("GET", token, "/api/audit", "").statusCode()).isEqualTo(403);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "from=yesterday",
                "person=x",
                "limit=0",
                "limit=1001",
                "before=-1",
                "before=x",
                "object=%00"
            })
    void a_filter_of_another_shape_is_refused(String query) throws Exception {
        assertThat(send("GET", server.token(), "/api/audit?" + query, "").statusCode())
                .isEqualTo(400);
    }

    @Test
    void sql_in_a_filter_is_text() throws Exception {
        var query = "object=%27%20OR%20%271%27=%271&operation=%27;DROP%20TABLE%20audit_events;--";
        assertThat(events(query)).isEqualTo("{\"events\":[]}");
        assertThat(events("limit=1")).contains("\"events\":");
    }

    @Test
    void events_are_neither_changed_nor_deleted_until_they_are_old() throws Exception {
        send("DELETE", server.token(), "/api/workspaces/lasting", "");
        awaitEvent("", "DELETE /api/workspaces/{ws}", "lasting", "workspace-unknown", "");
        server.database()
                .execute("UPDATE audit_events SET object = 'changed' WHERE object = 'lasting'");
        server.database().execute("DELETE FROM audit_events WHERE object = 'lasting'");
        assertThat(events("object=lasting")).contains("lasting");

        try (var database = new Database(server.database().address())) {
            var table = new AuditTable(database);
            var old = Instant.now().minus(Duration.ofDays(400));
            table.append(List.of(new AuditTable.Event(old, null, "login", "ancient", "", "ok")));
            assertThat(table.purge(Instant.now().minus(Duration.ofDays(365)), 10)).isEqualTo(1);
        }
        assertThat(events("object=ancient")).isEqualTo("{\"events\":[]}");
    }

    @Test
    void a_person_exports_everything_that_is_stored() throws Exception {
        var token = server.tokenOf("Exporter", Scope.EDIT);
        assertThat(send("PATCH", token, "/api/me", "{\"name\":\"Émile\"}").statusCode())
                .isEqualTo(200);
        var stored =
                http.send(
                        request("PUT", token, "/api/me/settings/keys.json", "my keys")
                                .header("If-None-Match", "*")
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(stored.statusCode()).isEqualTo(201);
        try (var socket = TestClient.connect(server.ws("/ws/demo"), token)) {
            socket.initialize(null);
            socket.answer("qide/teamChatSend", "{'text':'a message','key':'k1'}");
        }
        awaitEvent(idOf(token), "connect", "/ws/demo", "ok", "");

        var answer = send("GET", token, "/api/me/export", "");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Disposition").orElseThrow())
                .contains("attachment");
        var export = json(answer.body());
        assertThat(export.keySet())
                .contains("accounts", "sessions", "conversations", "modelUsage", "shares");
        assertThat(export.get("displayNames").toString()).contains("Émile");
        assertThat(export.get("settings").toString()).contains("keys.json", "bXkga2V5cw==");
        assertThat(export.get("tokens").toString()).contains("Exporter").doesNotContain(token);
        assertThat(export.get("audit").toString()).contains("connect", "/ws/demo");
    }

    @Test
    void a_deleted_person_leaves_documents_and_an_id_that_leads_nowhere() throws Exception {
        var token = server.tokenOf("Leaver", Scope.EDIT);
        var id = idOf(token);
        send("PATCH", token, "/api/me", "{\"name\":\"Leaving soon\"}");
        assertThat(
                        http.send(
                                        request(
                                                        "PUT",
                                                        token,
                                                        "/api/workspaces/demo/files/kept.txt",
                                                        "kept")
                                                .header("If-None-Match", "*")
                                                .build(),
                                        HttpResponse.BodyHandlers.ofString())
                                .statusCode())
                .isEqualTo(201);
        var wrong = send("DELETE", token, "/api/me", "{\"confirm\":\"Leaver\"}");
        assertThat(wrong.statusCode()).as("the earlier name").isEqualTo(400);

        try (var socket = TestClient.connect(server.ws("/ws/demo"), token)) {
            socket.initialize(null);
            var deleted = send("DELETE", token, "/api/me", "{\"confirm\":\"Leaving soon\"}");
            assertThat(deleted.statusCode()).as(deleted.body()).isEqualTo(204);
            assertThat(socket.closeCode()).isEqualTo(4401);
        }

        awaitEvent(id, "DELETE /api/me", "", "ok", "");
        assertThat(events("person=" + id)).doesNotContain("\"name\"").doesNotContain("Leav");
        assertThat(send("GET", server.token(), "/api/workspaces/demo/files/kept.txt", "").body())
                .isEqualTo("kept");
        for (var table : List.of("tokens", "logins", "display_names", "person_settings")) {
            assertThat(count(table, id)).as(table).isZero();
        }
    }

    /// A new table with a person's data fails here until the export and the deletion know it.
    @Test
    void the_tables_with_data_of_a_person_are_known() throws Exception {
        var tables =
                server.database()
                        .rows(
                                "SELECT table_name FROM information_schema.columns"
                                        + " WHERE column_name = 'person_id' AND table_schema = 'public'");
        assertThat(tables)
                .containsExactlyInAnyOrder(
                        "accounts",
                        "ai_conversations",
                        "ai_usage",
                        "audit_events",
                        "chat_messages",
                        "display_names",
                        "logins",
                        "memberships",
                        "person_settings",
                        "removed_members",
                        "tickets",
                        "tokens",
                        "workspace_members");
    }

    @Test
    void the_local_owner_is_not_deleted() throws Exception {
        var refused = send("DELETE", server.token(), "/api/me", "{\"confirm\":\"owner\"}");

        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.body()).contains("owner-needed");
    }

    @Test
    void content_of_a_deleted_workspace_is_purged_after_its_time() throws Exception {
        assertThat(send("POST", server.token(), "/api/workspaces", "{\"name\":\"purged-later\"}"))
                .returns(201, HttpResponse::statusCode);
        assertThat(send("DELETE", server.token(), "/api/workspaces/purged-later", ""))
                .returns(204, HttpResponse::statusCode);

        try (var database = new Database(server.database().address())) {
            var table = new WorkspaceTable(database);
            assertThat(table.purge(Instant.now().minus(Duration.ofDays(30)), 100)).isZero();
            assertThat(table.purge(Instant.now().plusSeconds(1), 100)).isPositive();
            while (table.purge(Instant.now().plusSeconds(1), 100) > 0) {
                // Further rows.
            }
        }
        assertThat(count("workspaces", "name", "purged-later")).isZero();
    }

    private static void awaitEvent(
            String person, String operation, String object, String result, String part)
            throws Exception {
        var query =
                "person="
                        + person
                        + "&operation="
                        + java.net.URLEncoder.encode(
                                operation, java.nio.charset.StandardCharsets.UTF_8)
                        + "&object="
                        + object
                        + "&result="
                        + result;
        var deadline = Instant.now().plusSeconds(20);
        String found;
        do {
            found = events(query);
        } while (found.equals("{\"events\":[]}") && Instant.now().isBefore(deadline));
        assertThat(found).as(query).contains("\"result\":\"" + result + "\"", part);
    }

    private static String events(String query) throws Exception {
        var answer = send("GET", server.token(), "/api/audit?" + query, "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    private static String idOf(String token) throws Exception {
        return json(send("GET", token, "/api/me", "").body()).get("id").getAsString();
    }

    private static HttpResponse<String> send(String method, String token, String path, String body)
            throws Exception {
        return http.send(
                request(method, token, path, body).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(
            String method, @Nullable String token, String path, String body) {
        var request =
                HttpRequest.newBuilder(server.http(path))
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body));
        return token == null || token.isEmpty()
                ? request
                : request.header("Authorization", "Bearer " + token);
    }

    private static JsonObject json(String text) {
        return JsonParser.parseString(text).getAsJsonObject();
    }

    private static long count(String table, String person) {
        return count(table, "CAST(person_id AS text)", person);
    }

    private static long count(String table, String column, String value) {
        return server.database()
                .count("SELECT count(*) FROM " + table + " WHERE " + column + " = ?", value);
    }
}
