package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.qide.server.identity.Identity;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The extension for VS Code against a real server (`extensions/vscode/test/server`): its files,
/// shared documents and sign-in, in Node with a stand-in for VS Code's API. Needs the packages of
/// the web build.
final class VsCodeExtensionTest {
    private static final long SECONDS = 600;

    @Test
    void files_documents_and_sign_in_work_on_a_real_server(@TempDir Path folder) throws Exception {
        var workspace = Files.createDirectory(folder.resolve("workspace"));
        var log = folder.resolve("node.log");
        try (var server = TestServer.start(workspace);
                var people = new TestPeople(server)) {
            var member = people.logIn("Mia");
            people.join(member, "home", "EDITOR");
            var visitor = people.logIn("Vera");
            people.run("INSERT INTO organisations (id, name) VALUES (gen_random_uuid(), 'acme')");
            people.join(visitor, "acme", "EDITOR");
            var builder =
                    new ProcessBuilder("npm", "run", "--silent", "test:server")
                            .directory(extension().toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile());
            builder.environment().put("QIDE_LINK", server.link());
            builder.environment().put("QIDE_FOLDER", workspace.toString());
            builder.environment().put("QIDE_MEMBER_ID", member.id().toString());
            builder.environment().put("QIDE_MEMBER_TOKEN", token(server, member));
            builder.environment().put("QIDE_VISITOR_ID", visitor.id().toString());
            builder.environment().put("QIDE_VISITOR_TOKEN", token(server, visitor));
            var node = builder.start();
            try {
                assertThat(node.waitFor(SECONDS, TimeUnit.SECONDS)).as("%s", log).isTrue();
                assertThat(node.exitValue()).as("%s", Files.readString(log)).isZero();
                assertThat(Files.readString(log)).contains("# fail 0").doesNotContain("# pass 0");
            } finally {
                node.descendants().forEach(ProcessHandle::destroyForcibly);
                node.destroyForcibly();
            }
        }
    }

    /// A personal token with which the person may do what their role allows.
    private static String token(TestServer server, TestPeople.LoggedIn person) throws Exception {
        var wanted = "{\"name\":\"VS Code\",\"scopes\":[\"read\",\"edit\",\"ai\"]}";
        var request =
                HttpRequest.newBuilder(server.http("/api/me/tokens"))
                        .header("Cookie", "qide_session=" + person.cookie())
                        .header("X-Qide-Csrf", Identity.csrfToken(person.cookie()))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(wanted))
                        .build();
        try (var http = HttpClient.newHttpClient()) {
            var answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
            return JsonParser.parseString(answer.body())
                    .getAsJsonObject()
                    .get("token")
                    .getAsString();
        }
    }

    private static Path extension() {
        return Path.of(System.getProperty("basedir", "."), "../extensions/vscode").normalize();
    }
}
