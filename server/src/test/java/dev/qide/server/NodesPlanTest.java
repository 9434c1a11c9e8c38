package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Random plans over three server processes of one database: kills, pauses, cut lines, draining and
/// restarts, while stock clients at each server type. After each plan all replicas are equal and
/// nothing that was typed is missing; at no moment two servers write under one workspace, which the
/// database records.
///
/// `-Dnodes.plans=200` runs more plans, `-Dnodes.plans.database=200` more of those with files in
/// the database, `-Dnodes.plans.seed=N` others, `-Dnodes.plans.from=7` the later ones alone,
/// `-Dnodes.plans.steps=cut-from-others,kill` plans of these steps. One plan in five pauses a
/// server for longer than it may be silent. `-Dnodes.plans.clock=true` adds the step `clock`, which
/// sets a server's clock forward or back for a moment ([SteppedClock]).
class NodesPlanTest {
    private static final int PLANS = Integer.getInteger("nodes.plans", 3);
    private static final int DATABASE_PLANS = Integer.getInteger("nodes.plans.database", 1);
    private static final long SEED = Long.getLong("nodes.plans.seed", 1L);
    private static final int FROM = Integer.getInteger("nodes.plans.from", 0);

    /// A kill is twice as likely as each of the others.
    private static final List<String> STEPS =
            List.of("kill", "kill", "pause", "cut-from-database", "cut-from-others", "drain");

    private static final boolean HAS_CLOCK_STEPS = Boolean.getBoolean("nodes.plans.clock");

    /// Both within what a signature between servers allows, and beyond.
    private static final List<Integer> CLOCK_STEPS = List.of(-3_600, -90, -10, 10, 90, 3_600);

    private static final String CHOSEN_STEPS = System.getProperty("nodes.plans.steps", "");
    private static final int NODES = 3;
    private static final int LOG_LINES = 60;
    private static final int LONG_PAUSE_EVERY = 5;
    private static final Duration LONG_PAUSE = Duration.ofMillis(11_500);
    private static final Duration CHECK_LIMIT = Duration.ofMinutes(2);
    private static final Duration FILE_LIMIT = Duration.ofSeconds(20);
    private static final int CREATED = 201;

    /// From which port each row was written, under which epoch, in the order in which the epochs
    /// were current: a row is written while the lease is locked, so that it cannot change
    /// meanwhile.
    private static final String RECORD_WRITERS =
            """
            CREATE TABLE writers (at bigserial, workspace_id uuid, epoch bigint, port int);
            CREATE TABLE ports (port int, node int, PRIMARY KEY (port, node));
            CREATE FUNCTION record_writer() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO writers (workspace_id, epoch, port)
                SELECT leases.workspace_id, leases.epoch, inet_client_port()
                FROM leases JOIN documents ON documents.workspace_id = leases.workspace_id
                WHERE documents.id = NEW.document_id;
                RETURN NULL;
            END $$;
            CREATE TRIGGER record_writer AFTER INSERT ON document_updates
                FOR EACH ROW EXECUTE FUNCTION record_writer();
            """;

    @TempDir Path home;
    private final Random random = new Random();
    private final List<Member> members = new ArrayList<>();

    @SuppressWarnings("NullAway.Init") // Each test begins with it.
    private NodeCluster cluster;

    /// Gives the servers clocks that can be set; null without.
    private @Nullable Path library;

    private @Nullable Process typists;

    private double deliveries;

    /// The paths of files that a server acknowledged; the text of each is its path.
    private final Set<String> acknowledged = new TreeSet<>();

    /// One server with its lines to the database and to the other servers, each through a proxy.
    private final class Member {
        private final int index;
        private final int port;
        private final TcpProxy toDatabase;
        private final TcpProxy fromOthers;
        private final @Nullable SteppedClock clock;
        private ForkedServer server;

        Member(int index) throws Exception {
            this.index = index;
            port = FreePort.next();
            clock =
                    library == null
                            ? null
                            : new SteppedClock(library, home.resolve("clock-" + index));
            toDatabase = new TcpProxy(databasePort());
            fromOthers = new TcpProxy(port);
            server = begin();
        }

        private ForkedServer begin() throws IOException {
            var url = cluster.databaseUrl();
            var settings = new HashMap<String, String>();
            settings.put("QIDE_NODE_URL", "http://127.0.0.1:" + fromOthers.port());
            if (clock != null) {
                settings.putAll(clock.settings());
            }
            return cluster.begin(
                    settings,
                    port,
                    url.replace(":" + databasePort() + "/", ":" + toDatabase.port() + "/"));
        }

        private void signal(String name) throws Exception {
            var kill = new ProcessBuilder("kill", "-" + name, "" + server.pid()).start();
            assertThat(kill.waitFor()).isZero();
        }

        private void close() throws IOException {
            server.close();
            toDatabase.close();
            fromOthers.close();
        }
    }

    private int databasePort() {
        var url = cluster.database().address().url();
        var authority = url.substring("jdbc:postgresql://".length(), url.lastIndexOf('/'));
        return Integer.parseInt(authority.substring(authority.indexOf(':') + 1));
    }

    private void start(NodeCluster itsCluster) throws Exception {
        cluster = itsCluster;
        cluster.database().execute(RECORD_WRITERS);
        library = HAS_CLOCK_STEPS ? SteppedClock.compile(home) : null;
        for (int index = 0; index < NODES; index++) {
            members.add(new Member(index));
            if (index == 0) {
                // The others copy its token.
                cluster.createWorkspace(members.getFirst().server.awaitReady());
            }
        }
        for (var member : members) {
            member.server.awaitReady();
        }
        cluster.awaitPeers(members.getFirst().server, NODES - 1);
    }

    @AfterEach
    void stop() throws IOException {
        if (typists != null) {
            typists.destroyForcibly();
        }
        for (var member : members) {
            member.close();
        }
        cluster.close();
    }

    @Test
    void replicas_are_equal_and_nothing_is_lost_whatever_fails() throws Exception {
        start(new NodeCluster(home));
        runPlans(PLANS);
    }

    /// Each server has a directory of its own.
    @Test
    void replicas_and_files_in_the_database_survive_whatever_fails() throws Exception {
        start(NodeCluster.withFilesInDatabase(home));
        runPlans(DATABASE_PLANS);
    }

    private void runPlans(int plans) throws Exception {
        var scripts = NodeProject.installed("collab");
        var urls = members.stream().map(member -> cluster.collab(member.server)).toList();
        var process =
                new ProcessBuilder(
                                "node",
                                "nodes-plan.mjs",
                                members.getFirst().server.token(),
                                String.join(",", urls))
                        .directory(scripts.folder().toFile())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        typists = process;
        try (var answers = process.inputReader(StandardCharsets.UTF_8)) {
            for (int plan = FROM; plan < FROM + plans; plan++) {
                // Each plan by itself: one that failed can be repeated alone.
                random.setSeed(Objects.hash(SEED, plan));
                command(process, "type plan-" + plan);
                var steps = run(plan);
                command(process, "check");
                var result = answer(answers);
                double now = deliveries();
                deliveries = Math.max(deliveries, now);
                System.out.println(
                        "plan %d %s: %s, %.0f frames for several clients so far"
                                .formatted(plan, steps, result, now));
                if (result.has("error")) {
                    printLogs();
                }
                assertThat(result.get("error")).as(steps + " " + result).isNull();
                assertThat(result.get("lost").getAsInt()).as(steps + " " + result).isZero();
                assertOneWriter();
                assertFilesAreKept(folder(plan));
            }
            assertFilesAreKept("");
            assertThat(deliveries).as("frames through delivery links").isPositive();
        }
    }

    /// The frames for several clients that the servers have sent since they started.
    private double deliveries() {
        return members.stream()
                .map(member -> cluster.body(NodeCluster.request(member.server, "metrics")))
                .flatMap(String::lines)
                .filter(line -> line.startsWith("qide_transport_deliveries_total "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
                .sum();
    }

    private void printLogs() throws IOException {
        for (var member : members) {
            var lines = Files.readAllLines(member.server.data().resolve("server.log"));
            var last = lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size());
            System.out.println("server " + member.index + ":\n" + String.join("\n", last));
        }
    }

    /// Any answer is fine; what is acknowledged stays.
    private void writeFile(int plan, int number) throws Exception {
        var path = folder(plan) + number + ".txt";
        var server = members.get(random.nextInt(NODES)).server;
        if (cluster.put(server, path, path) == CREATED) {
            var _ = acknowledged.add(path);
        }
    }

    private static String folder(int plan) {
        return "plan-" + plan + "/";
    }

    /// @param folder empty for all
    private void assertFilesAreKept(String folder) {
        for (var member : members) {
            for (var path : acknowledged) {
                if (!path.startsWith(folder)) {
                    continue;
                }
                Await.await(
                        path + " is at server " + member.index,
                        FILE_LIMIT,
                        () -> {
                            var answer =
                                    cluster.body(
                                            NodeCluster.request(member.server, cluster.file(path)));
                            assertThat(answer).doesNotStartWith("404");
                            return answer.equals("200 " + path);
                        });
            }
        }
    }

    private List<String> run(int plan) throws Exception {
        var steps = new ArrayList<String>();
        pause(300, 800);
        writeFile(plan, 0);
        if (cluster.areFilesInDatabase()) {
            // Another one restores the directory, while people type.
            var member = owner();
            steps.add("kill " + member.index);
            kill(member);
        }
        if (plan % LONG_PAUSE_EVERY == LONG_PAUSE_EVERY - 1) {
            var member = owner();
            steps.add("long pause of " + member.index);
            member.signal("STOP");
            TimeUnit.MILLISECONDS.sleep(LONG_PAUSE.toMillis());
            member.signal("CONT");
        } else {
            for (var step : stepsOfPlan()) {
                // Mostly the one that has the workspace.
                var member = random.nextInt(3) > 0 ? owner() : members.get(random.nextInt(NODES));
                steps.add(step + " " + member.index);
                run(step, member);
                writeFile(plan, steps.size());
                pause(200, 1_000);
            }
        }
        return steps;
    }

    private List<String> stepsOfPlan() {
        if (!CHOSEN_STEPS.isEmpty()) {
            return List.of(CHOSEN_STEPS.split(",", -1));
        }
        var possible = new ArrayList<>(STEPS);
        if (HAS_CLOCK_STEPS) {
            possible.addAll(List.of("clock", "clock"));
        }
        return random.ints(1 + random.nextInt(2), 0, possible.size())
                .mapToObj(possible::get)
                .toList();
    }

    private void run(String step, Member member) throws Exception {
        switch (step) {
            case "kill" -> kill(member);
            case "pause" -> {
                member.signal("STOP");
                pause(200, 2_000);
                member.signal("CONT");
            }
            case "cut-from-database" -> {
                member.toDatabase.cut();
                pause(200, 3_000);
                member.toDatabase.mend();
            }
            case "cut-from-others" -> {
                member.fromOthers.cut();
                pause(200, 2_000);
                member.fromOthers.mend();
            }
            case "drain" -> {
                setDraining(member, "now()");
                pause(500, 2_000);
                setDraining(member, "NULL");
            }
            case "clock" -> {
                var clock = Objects.requireNonNull(member.clock, "-Dnodes.plans.clock=true");
                clock.step(CLOCK_STEPS.get(random.nextInt(CLOCK_STEPS.size())));
                pause(200, 3_000);
                clock.step(0);
            }
            default -> throw new IllegalArgumentException("a step is one of " + STEPS);
        }
    }

    private void kill(Member member) throws Exception {
        member.server.kill();
        pause(0, 1_000);
        member.server = member.begin();
        member.server.awaitReady();
    }

    private void setDraining(Member member, String since) {
        cluster.database()
                .execute(
                        "UPDATE nodes SET draining_since = " + since + " WHERE url = ?",
                        "http://127.0.0.1:" + member.fromOthers.port());
    }

    /// The server that has the workspace; the first one when none has.
    private Member owner() {
        var urls =
                cluster.database()
                        .rows(
                                """
                                SELECT url FROM leases JOIN nodes ON nodes.id = leases.node_id
                                JOIN workspaces ON workspaces.id = leases.workspace_id
                                WHERE workspaces.name = ?
                                """,
                                cluster.name());
        return members.stream()
                .filter(member -> urls.contains("http://127.0.0.1:" + member.fromOthers.port()))
                .findFirst()
                .orElse(members.getFirst());
    }

    /// Each epoch has one writer, and no row of an earlier epoch follows one of a later.
    private void assertOneWriter() {
        var database = cluster.database();
        for (var member : members) {
            for (int local : member.toDatabase.localPorts()) {
                database.execute(
                        "INSERT INTO ports VALUES (?, ?) ON CONFLICT DO NOTHING",
                        local,
                        member.index);
            }
        }
        // A port that two servers have used in turn says nothing; on a busy machine there are
        // several.
        database.execute(
                """
                DELETE FROM ports WHERE port IN (SELECT port FROM ports
                    GROUP BY port HAVING count(*) > 1)
                """);
        assertThat(database.count("SELECT count(*) FROM writers JOIN ports USING (port)"))
                .isPositive();
        assertThat(
                        database.rows(
                                """
                                SELECT epoch FROM writers JOIN ports USING (port)
                                GROUP BY workspace_id, epoch HAVING count(DISTINCT node) > 1
                                """))
                .as("epochs with two writers")
                .isEmpty();
        assertThat(
                        database.rows(
                                """
                                SELECT at FROM (SELECT at, epoch, max(epoch) OVER (
                                    PARTITION BY workspace_id ORDER BY at) AS highest FROM writers)
                                WHERE epoch < highest
                                """))
                .as("rows of an earlier holder after those of a later one")
                .isEmpty();
    }

    private void pause(int atLeast, int atMost) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(random.nextInt(atLeast, atMost));
    }

    private static void command(Process process, String line) throws IOException {
        var input = process.outputWriter(StandardCharsets.UTF_8);
        input.write(line + "\n");
        input.flush();
    }

    private static JsonObject answer(BufferedReader answers) throws Exception {
        return JsonParser.parseString(ChildJvm.firstLine(answers, CHECK_LIMIT)).getAsJsonObject();
    }
}
