package dev.qide.server.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.qide.server.Await;
import dev.qide.server.TestDatabase;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Principal.Scope;
import dev.qide.server.store.Database;
import dev.qide.server.store.IncidentTable;
import dev.qide.server.store.StatusTable;
import dev.qide.server.telemetry.Health;
import dev.qide.server.telemetry.Health.State;
import dev.qide.wire.IncidentState;
import dev.qide.wire.NewIncident;
import dev.qide.wire.NewIncidentUpdate;
import dev.qide.wire.StatusReport;
import java.io.ByteArrayInputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;

/// The state of components over time, incidents, and the page that shows both to everybody.
class StatusTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String MARKUP = "<img src=x onerror=alert(1)> & ]]>";

    /// A database, a clock that the test moves, and one component whose state the test sets.
    private static final class Parts implements AutoCloseable {
        final TestDatabase testDatabase = TestDatabase.create();
        final Database database = new Database(testDatabase.address());
        final Health health = new Health();
        Instant now = Instant.parse("2026-11-27T23:58:00Z");
        State state = new State.Up();
        final InstantSource clock = () -> now;
        final Incidents incidents = new Incidents(new IncidentTable(database), clock);

        Parts() throws InterruptedException {
            health.register("editing", () -> state);
        }

        StatusHistory history() {
            return new StatusHistory(health, new StatusTable(database), clock);
        }

        StatusReport report() {
            return new StatusReports(health, new StatusTable(database), incidents, clock).now();
        }

        /// Takes a sample and lets a minute pass, so often.
        void run(StatusHistory history, int minutes) {
            for (int i = 0; i < minutes; i++) {
                history.sample();
                now = now.plus(Duration.ofMinutes(1));
            }
        }

        @Override
        public void close() {
            database.close();
            testDatabase.close();
        }
    }

    @Test
    void minutes_are_counted_by_day_component_and_state() throws Exception {
        try (var parts = new Parts()) {
            try (var history = parts.history()) {
                parts.run(history, 2);
                parts.state = new State.Degraded("a secret detail");
                parts.run(history, 3);
                parts.state = new State.Down("a secret detail");
                parts.run(history, 1);
            }
            parts.now = parts.now.plus(Duration.ofMinutes(30));
            try (var history = parts.history()) {
                parts.state = new State.Up();
                parts.run(history, 10);
            }
            var report = parts.report();
            assertThat(report.state()).isEqualTo(StatusReport.State.UP);
            assertThat(report.toString()).doesNotContain("secret");
            var editing = report.components().get(1);
            assertThat(editing.days())
                    .containsExactly(
                            new StatusReport.Day("2026-11-27", 2, 0, 0, 0),
                            new StatusReport.Day("2026-11-28", 10, 3, 1, 0));
            assertThat(editing.uptime()).isEqualTo(15.0 / 16);
            // 44 minutes have passed, 14 have a sample, and the last two may come late.
            assertThat(report.components().getFirst().days())
                    .containsExactly(
                            new StatusReport.Day("2026-11-27", 2, 0, 0, 0),
                            new StatusReport.Day("2026-11-28", 14, 0, 0, 28));
        }
    }

    @Test
    void days_without_a_server_are_missing_and_old_ones_are_deleted() throws Exception {
        try (var parts = new Parts()) {
            try (var history = parts.history()) {
                parts.run(history, 1);
                parts.now = Instant.parse("2026-11-30T00:00:00Z");
                parts.run(history, 1);
                var days = parts.report().components().getFirst().days();
                assertThat(days.stream().map(day -> day.day() + " " + day.missing()))
                        .containsExactly(
                                "2026-11-27 0",
                                "2026-11-28 1440",
                                "2026-11-29 1440",
                                "2026-11-30 0");
                parts.now = parts.now.plus(Duration.ofDays(StatusHistory.DAYS));
                parts.run(history, 1);
            }
            var kept = new StatusTable(parts.database).since(LocalDate.EPOCH, 100);
            assertThat(kept.stream().map(day -> day.day().toString()).distinct())
                    .containsExactly("2026-11-30", "2027-02-28");
        }
    }

    @Test
    void samples_wait_while_the_database_is_away_and_the_page_shows_what_is_known()
            throws Exception {
        try (var parts = new Parts();
                var history = parts.history()) {
            parts.run(history, 1);
            parts.incidents.create(new NewIncident("known", IncidentState.MONITORING, "text"));
            var reports =
                    new StatusReports(
                            parts.health,
                            new StatusTable(parts.database),
                            parts.incidents,
                            parts.clock);
            assertThat(reports.now().incidents()).hasSize(1);
            parts.testDatabase.goAway();
            parts.state = new State.Down("the database is away");
            parts.run(history, 5);
            var report = reports.now();
            assertThat(report.state()).isEqualTo(StatusReport.State.DOWN);
            assertThat(report.incidents()).hasSize(1);
            assertThat(report.components().getFirst().days()).hasSize(1);
            parts.testDatabase.comeBack();
            Await.await(
                    "the database is reached again",
                    Duration.ofSeconds(30),
                    () -> parts.database.state() instanceof State.Up);
            history.sample();
            var days = parts.report().components().get(1).days();
            assertThat(days.stream().mapToInt(StatusReport.Day::down).sum()).isEqualTo(6);
        }
    }

    @Test
    void an_incident_restricts_the_server_until_it_is_resolved() throws Exception {
        try (var parts = new Parts()) {
            var id =
                    parts.incidents.create(
                            new NewIncident("slow", IncidentState.INVESTIGATING, "text"));
            assertThat(parts.report().state()).isEqualTo(StatusReport.State.DEGRADED);
            parts.incidents.add(id, new NewIncidentUpdate(IncidentState.RESOLVED, "text"));
            assertThat(parts.report().state()).isEqualTo(StatusReport.State.UP);
        }
    }

    @Test
    void everybody_sees_the_page_the_feed_and_the_report(@TempDir Path folder) throws Exception {
        try (var server = TestServer.start(folder)) {
            var created =
                    send(
                            server,
                            "POST",
                            "/api/incidents",
                            server.token(),
                            incident(MARKUP, "investigating", MARKUP));
            assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
            var path = "/api/" + created.headers().firstValue("Location").orElseThrow();
            assertThat(stateOfIncident(server)).isEqualTo("investigating");
            var update = "{\"state\":\"resolved\",\"text\":\"A disk was full.\\nIt is not.\"}";
            assertThat(send(server, "POST", path + "/updates", server.token(), update).statusCode())
                    .isEqualTo(204);
            assertThat(stateOfIncident(server)).isEqualTo("resolved");

            var page = send(server, "GET", "/status", null, "");
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                    .startsWith("default-src 'none'");
            assertThat(page.body())
                    .contains("Database", "&lt;img src=x", "A disk was full.", "Resolved")
                    .doesNotContain("<img", "<script");
            assertThat(feed(server)).containsExactly(MARKUP + " | resolved: A disk was full.");
            assertThat(send(server, "DELETE", path, server.token(), "").statusCode())
                    .isEqualTo(204);
            assertThat(feed(server)).isEmpty();
            assertThat(send(server, "DELETE", path, server.token(), "").statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void only_administrators_report_incidents_and_wrong_ones_are_refused(@TempDir Path folder)
            throws Exception {
        try (var server = TestServer.start(folder)) {
            var good = incident("t", "identified", "x");
            assertThat(send(server, "POST", "/api/incidents", null, good).statusCode())
                    .isEqualTo(401);
            var editor = server.tokenOf("bob", Scope.EDIT);
            assertThat(send(server, "POST", "/api/incidents", editor, good).statusCode())
                    .isEqualTo(403);
            for (var wrong :
                    List.of(
                            incident(" ", "identified", "x"),
                            incident("t".repeat(121), "identified", "x"),
                            incident("t", "identified", "x".repeat(4_001)),
                            incident("t", "asleep", "x"),
                            "{}")) {
                var answer = send(server, "POST", "/api/incidents", server.token(), wrong);
                assertThat(answer.statusCode()).as(wrong).isEqualTo(400);
            }
            var unknown = "/api/incidents/9d1c0d4e-5a64-4d0e-8f8c-0a4bb6c0a001/updates";
            var answer =
                    send(
                            server,
                            "POST",
                            unknown,
                            server.token(),
                            "{\"state\":\"resolved\",\"text\":\"x\"}");
            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(answer.body()).contains("incident-unknown");
            assertThat(feed(server)).isEmpty();
        }
    }

    /// The state of the only incident.
    private static String stateOfIncident(TestServer server) throws Exception {
        var incident =
                JsonParser.parseString(send(server, "GET", "/api/status", null, "").body())
                        .getAsJsonObject()
                        .getAsJsonArray("incidents")
                        .get(0)
                        .getAsJsonObject();
        var updates = incident.getAsJsonArray("updates");
        return updates.get(updates.size() - 1).getAsJsonObject().get("state").getAsString();
    }

    /// The entries: title and first line.
    private static List<String> feed(TestServer server) throws Exception {
        var answer = send(server, "GET", "/status.atom", null, "");
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/atom+xml");
        var factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        var document =
                factory.newDocumentBuilder()
                        .parse(
                                new ByteArrayInputStream(
                                        answer.body().getBytes(StandardCharsets.UTF_8)));
        var entries = new ArrayList<String>();
        var found = document.getElementsByTagName("entry");
        for (int i = 0; i < found.getLength(); i++) {
            var entry = (Element) found.item(i);
            assertThat(Instant.parse(text(entry, "updated")))
                    .isAfterOrEqualTo(Instant.parse(text(entry, "published")));
            var content = text(entry, "content");
            entries.add(
                    text(entry, "title")
                            + " | "
                            + content.substring(content.indexOf(' ') + 1, content.indexOf('\n')));
        }
        return entries;
    }

    private static String text(Element entry, String tag) {
        return entry.getElementsByTagName(tag).item(0).getTextContent();
    }

    private static String incident(String title, String state, String text) {
        var body = new JsonObject();
        body.addProperty("title", title);
        body.addProperty("state", state);
        body.addProperty("text", text);
        return body.toString();
    }

    private static HttpResponse<String> send(
            TestServer server, String method, String path, @Nullable String token, String body)
            throws Exception {
        var request =
                HttpRequest.newBuilder(server.http(path))
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
