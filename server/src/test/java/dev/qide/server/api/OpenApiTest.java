package dev.qide.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `/api/openapi.json` describes every endpoint, and the answers have the shape that it says.
class OpenApiTest {
    @TempDir static Path folder;
    private static TestServer server;
    private static ApiClient http;
    private static JsonObject document;

    @BeforeAll
    static void start() throws IOException {
        Files.writeString(folder.resolve("Main.py"), "number = 1\n");
        server = TestServer.start(folder);
        http = new ApiClient(server.http("/"), "127.0.0.1");
        document = json("/api/openapi.json");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void it_has_every_endpoint_and_no_other() {
        var described = new TreeSet<String>();
        document.getAsJsonObject("paths")
                .entrySet()
                .forEach(path ->
                        path.getValue()
                                .getAsJsonObject()
                                .keySet()
                                .forEach(method ->
                                        described.add(
                                                method.toUpperCase(Locale.ROOT)
                                                        + " "
                                                        + path.getKey())));

        assertThat(described)
                .containsExactlyInAnyOrderElementsOf(
                        server.routes().stream()
                                .filter(route -> !route.startsWith("WS "))
                                .filter(route -> !route.equals("GET /{path…}"))
                                .map(route -> route.replace("…", ""))
                                .toList());
    }

    @Test
    void every_reference_leads_to_a_schema_and_every_operation_has_its_own_id() {
        var references = new TreeSet<String>();
        var ids = new ArrayList<String>();
        collect(document, references, ids);
        var schemas = document.getAsJsonObject("components").getAsJsonObject("schemas").keySet();

        assertThat(references)
                .hasSizeGreaterThan(40)
                .allSatisfy(it -> assertThat(schemas).contains(it.replaceFirst(".*/", "")));
        assertThat(ids).hasSizeGreaterThan(60).doesNotHaveDuplicates();
    }

    @Test
    void what_endpoints_answer_has_the_described_members() throws IOException {
        var checked = new ArrayList<String>();
        for (var path : document.getAsJsonObject("paths").entrySet()) {
            var operation = path.getValue().getAsJsonObject().getAsJsonObject("get");
            var address = path.getKey().replace("{ws}", "demo").replace("{org}", "home");
            var schema = operation == null ? null : answerOf(operation);
            if (schema != null && !address.contains("{")) {
                assertMembers(address, json(address + queryOf(address)), schema);
                checked.add(address);
            }
        }

        assertThat(checked)
                .hasSizeGreaterThan(12)
                .contains("/api/me", "/api/workspaces/demo/files");
    }

    /// What some endpoints need in their query.
    private static String queryOf(String address) {
        return address.endsWith("/search") || address.endsWith("/paths")
                ? "?q=number"
                : address.endsWith("/style") || address.endsWith("/text-format")
                        ? "?path=Main.py"
                        : "";
    }

    private static @Nullable JsonObject answerOf(JsonObject operation) {
        var success = operation.getAsJsonObject("responses").getAsJsonObject("2XX");
        if (!success.has("content")) {
            return null;
        }
        var reference =
                success.getAsJsonObject("content")
                        .getAsJsonObject("application/json")
                        .getAsJsonObject("schema")
                        .get("$ref")
                        .getAsString();
        return document.getAsJsonObject("components")
                .getAsJsonObject("schemas")
                .getAsJsonObject(reference.replaceFirst(".*/", ""));
    }

    private static void assertMembers(String address, JsonObject body, JsonObject schema) {
        var required =
                schema.getAsJsonArray("required").asList().stream()
                        .map(JsonElement::getAsString)
                        .toList();
        assertThat(body.keySet()).as(address).containsAll(required);
        assertThat(schema.getAsJsonObject("properties").keySet())
                .as(address)
                .containsAll(body.keySet());
    }

    private static void collect(JsonElement element, Set<String> references, List<String> ids) {
        if (element.isJsonArray()) {
            element.getAsJsonArray().forEach(it -> collect(it, references, ids));
        } else if (element.isJsonObject()) {
            element.getAsJsonObject()
                    .entrySet()
                    .forEach(member -> {
                        switch (member.getKey()) {
                            case "$ref" -> references.add(member.getValue().getAsString());
                            case "operationId" -> ids.add(member.getValue().getAsString());
                            default -> collect(member.getValue(), references, ids);
                        }
                    });
        }
    }

    private static JsonObject json(String path) throws IOException {
        var answer = http.send("GET", path, "Authorization: Bearer " + server.token());
        assertThat(answer.status()).as(path + answer.body()).isEqualTo(200);
        return JsonParser.parseString(answer.body()).getAsJsonObject();
    }
}
