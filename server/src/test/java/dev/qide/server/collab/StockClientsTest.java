package dev.qide.server.collab;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonPrimitive;
import dev.qide.server.TestServer;
import dev.qide.server.collab.StockClients.ClientSpec;
import dev.qide.server.collab.StockClients.Kind;
import dev.qide.server.identity.IssuedTokens;
import dev.qide.server.identity.Principal;
import dev.qide.server.store.Database;
import dev.qide.server.store.TokenTable;
import dev.qide.server.store.WorkspaceTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Unmodified clients (`@hocuspocus/provider`, `y-websocket`) and `@qide/client` in Node, over real
/// sockets, against a complete server.
final class StockClientsTest {
    private static final int DOCUMENTS = 25;

    /// With the field's name, just within the bound on a state.
    private static final int LARGE_CURSOR = (16 << 10) - 20;

    private static final int MORE_THAN_A_TEXT = (5 << 20) + 1;

    @TempDir static Path folder;
    private static TestServer server;
    private static Database database;
    private static StockClients stockClients;

    @BeforeAll
    static void open() throws Exception {
        Files.writeString(folder.resolve("main.py"), "x=1\n");
        server = TestServer.start(folder);
        database = new Database(server.database().address());
        stockClients = StockClients.start();
        stockClients.target(server.http("/").getPort());
    }

    @AfterAll
    static void close() {
        stockClients.close();
        database.close();
        server.close();
    }

    @AfterEach
    void goHome() {
        stockClients.dismiss();
    }

    @ParameterizedTest
    @EnumSource
    void two_clients_of_one_kind_converge(Kind kind) {
        var path = "converge/" + kind.wire() + ".py";
        stockClients.open(spec("ann", kind, path));
        stockClients.open(spec("bob", kind, path));
        stockClients.awaitOneText("ann", "bob");

        for (int seed = 0; seed < 30; seed++) {
            stockClients.command("ann", "type", "letters", 3, "seed", seed);
            stockClients.command("bob", "type", "letters", 2, "seed", 1_000 + seed);
            stockClients.command("bob", "erase", "letters", 1, "seed", seed);
        }

        assertThat(stockClients.awaitOneText("ann", "bob")).isEqualTo(stored(path)).isNotEmpty();
    }

    @Test
    void every_provider_version_edits_reconnects_and_learns_of_the_documents_end()
            throws Exception {
        var versions =
                Map.of(
                        "hocuspocus-2", Kind.HOCUSPOCUS,
                        "hocuspocus-3", Kind.HOCUSPOCUS,
                        "hocuspocus-4", Kind.HOCUSPOCUS,
                        "y-websocket-1", Kind.Y_WEBSOCKET,
                        "y-websocket-2", Kind.Y_WEBSOCKET,
                        "y-websocket-3", Kind.Y_WEBSOCKET);
        for (var one : versions.entrySet()) {
            var name = one.getKey();
            var path = "versions/" + name + ".py";
            var version = name.substring(name.length() - 1);
            stockClients.open(spec(name, one.getValue(), path).with("version", version));
            stockClients.open(spec("peer of " + name, Kind.QIDE, path));
            stockClients.command(name, "type", "letters", 20, "seed", 1);
            stockClients.command("peer of " + name, "type", "letters", 20, "seed", 2);
            stockClients.awaitOneText(name, "peer of " + name);

            stockClients.command(name, "cut");
            stockClients.command(name, "insert", "text", "typed offline ");
            assertThat(stockClients.awaitOneText(name, "peer of " + name))
                    .contains("typed offline");
            stockClients.command(name, "erase", "letters", 3, "seed", 3);
            var text = stockClients.awaitOneText(name, "peer of " + name);
            stockClients.await(name + " is on disk", () -> isOnDisk(folder.resolve(path), text));
        }
        for (var name : versions.keySet()) {
            Files.delete(folder.resolve("versions/" + name + ".py"));
        }
        for (var name : versions.keySet()) {
            stockClients.await(name + " is told", () -> stockClients.state(name).is("stale"));
        }
    }

    private static boolean isOnDisk(Path file, String text) {
        try {
            return Files.exists(file) && Files.readString(file).equals(text);
        } catch (IOException _) {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_late_joiner_has_everything(Kind kind) {
        var path = "late/" + kind.wire() + ".py";
        stockClients.open(spec("ann", Kind.HOCUSPOCUS, path));
        stockClients.command("ann", "insert", "text", "all that was before");
        stockClients.awaitOneText("ann");

        stockClients.open(spec("late", kind, path));

        assertThat(stockClients.awaitOneText("ann", "late")).isEqualTo("all that was before");
    }

    @Test
    void clients_of_all_kinds_converge() {
        var path = "src/mixed/one file.py";
        stockClients.open(spec("hugo", Kind.HOCUSPOCUS, path));
        stockClients.open(spec("walt", Kind.HOCUSPOCUS, path).with("endpoint", "ws"));
        stockClients.open(spec("yara", Kind.Y_WEBSOCKET, path));
        stockClients.open(spec("quin", Kind.QIDE, path));
        stockClients.awaitOneText("hugo", "walt", "yara", "quin");

        stockClients.commandAll("storm", "from", 2, "to", 9, "seed", 7);
        stockClients.await(
                "enough messages are saved",
                () -> stockClients.commandAll("acknowledged").getAsInt() > 300);
        stockClients.commandAll("calm");

        var text = stockClients.awaitOneText("hugo", "walt", "yara", "quin");
        assertThat(text).isEqualTo(stored(path)).hasSizeGreaterThan(300).doesNotContain("\r");
        assertThat(stockClients.states())
                .allSatisfy(one -> assertThat(one.count("sockets")).isEqualTo(1));
    }

    @Test
    void all_clients_see_all_cursors_and_resent_awareness_is_ignored() {
        var path = "presence.py";
        stockClients.open(spec("hugo", Kind.HOCUSPOCUS, path));
        stockClients.open(spec("quin", Kind.QIDE, path));
        // y-websocket resends the awareness it receives.
        stockClients.open(spec("yara", Kind.Y_WEBSOCKET, path));
        stockClients.open(spec("yves", Kind.Y_WEBSOCKET, path));
        stockClients.open(spec("yuri", Kind.Y_WEBSOCKET, path));
        stockClients.awaitOneText("hugo", "quin", "yara", "yves", "yuri");
        var everybody = new String[] {"hugo", "quin", "yara", "yves", "yuri"};
        for (int round = 1; round <= 20; round++) {
            for (var one : everybody) {
                stockClients.command(one, "cursor", "value", round);
            }
        }

        for (var one : everybody) {
            stockClients.await(one + " sees all cursors", () -> cursors(one, everybody, 20));
        }
        stockClients.command("yuri", "leave");
        var id = stockClients.command("yuri", "id").getAsString();
        for (var one : new String[] {"hugo", "quin", "yara", "yves"}) {
            stockClients.await(
                    one + " sees the departure", () -> !stockClients.state(one).present().has(id));
        }
        stockClients.open(spec("late", Kind.Y_WEBSOCKET, path));
        stockClients.await(
                "a joining client sees all cursors",
                () -> cursors("late", new String[] {"hugo", "quin", "yara", "yves"}, 20));
        for (var one : new String[] {"hugo", "quin", "yara", "yves"}) {
            assertThat(stockClients.state(one).count("sockets")).as(one).isEqualTo(1);
            assertThat(stockClients.state(one).words("closed")).as(one).isEmpty();
        }
    }

    /// Most versions send back the awareness that they receive, here with the identity that the
    /// server added.
    @Test
    void every_provider_version_keeps_its_document_when_it_sends_back_a_large_state() {
        var path = "presence/large.py";
        var cursor = "x".repeat(LARGE_CURSOR);
        stockClients.open(spec("ann", Kind.QIDE, path));
        stockClients.awaitOneText("ann");
        stockClients.command("ann", "cursor", "value", cursor);
        var names = new ArrayList<String>();
        for (var version : List.of("2", "3", "4")) {
            names.add("hocuspocus-" + version);
            stockClients.open(
                    spec(names.getLast(), Kind.HOCUSPOCUS, path).with("version", version));
        }
        for (var version : List.of("1", "2", "3")) {
            names.add("y-websocket-" + version);
            stockClients.open(
                    spec(names.getLast(), Kind.Y_WEBSOCKET, path).with("version", version));
        }
        var id = stockClients.command("ann", "id").getAsString();
        for (var name : names) {
            stockClients.await(name + " sees the state", () -> cursor(name, id).equals(cursor));
            // Its update follows what it sent back.
            stockClients.command(name, "insert", "text", name + " ");
        }

        names.add("ann");
        var text = stockClients.awaitOneText(names.toArray(String[]::new));

        assertThat(text).isEqualTo(stored(path));
        for (var name : names) {
            assertThat(stockClients.state(name).words("closed")).as(name).isEmpty();
            assertThat(stockClients.state(name).count("sockets")).as(name).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void offline_edits_arrive_after_a_restart(Kind kind) throws Exception {
        var path = "restart/" + kind.wire() + ".py";
        stockClients.open(spec("ann", kind, path));
        stockClients.open(spec("bob", Kind.HOCUSPOCUS, path));
        stockClients.awaitOneText("ann", "bob");
        stockClients.command("ann", "insert", "text", "before ");
        stockClients.awaitOneText("ann", "bob");

        server.end();
        stockClients.await(
                "both are offline", () -> stockClients.commandAll("online").getAsInt() == 0);
        stockClients.command("ann", "insert", "text", "offline ");
        server.begin();
        stockClients.await(
                "both are back", () -> stockClients.commandAll("online").getAsInt() == 2);
        stockClients.command("bob", "insert", "text", "after ", "at", 100);

        assertThat(stockClients.awaitOneText("ann", "bob"))
                .isEqualTo(stored(path))
                .contains("before ", "offline ", "after ");
        assertThat(stockClients.state("ann").count("sockets")).isGreaterThan(1);
    }

    @Test
    void a_viewer_receives_edits_and_cannot_edit() {
        var path = "main.py";
        var tokens =
                new IssuedTokens(
                        new TokenTable(database), new SecureRandom(), InstantSource.system());
        // Created by `./qide token create --scope read`.
        var read =
                tokens.create(
                        new IssuedTokens.TokenRequest(
                                Set.of(Principal.Scope.READ), null, null, null));
        stockClients.open(spec("ann", Kind.HOCUSPOCUS, path));
        stockClients.open(
                new ClientSpec("vera", Kind.HOCUSPOCUS, TestServer.WORKSPACE, path, read));
        stockClients.open(
                new ClientSpec("vyes", Kind.Y_WEBSOCKET, TestServer.WORKSPACE, path, read));
        stockClients.awaitOneText("ann", "vera", "vyes");

        stockClients.command("vera", "insert", "text", "vera was here ");
        stockClients.command("vyes", "insert", "text", "vyes was here ");
        stockClients.command("ann", "insert", "text", "# ");

        stockClients.await(
                "both see the edit",
                () ->
                        stockClients.text("vera").contains("# ")
                                && stockClients.text("vyes").contains("# "));
        stockClients.await(
                "the edit is refused", () -> stockClients.state("vera").count("refused") == 1);
        assertThat(stockClients.awaitOneText("ann")).isEqualTo("# x=1\n").isEqualTo(stored(path));
        assertThat(stockClients.state("vera").is("readonly")).isTrue();
        assertThat(stockClients.state("vera").words("closed")).isEmpty();
        assertThat(stockClients.state("vyes").count("sockets")).isEqualTo(1);
        stockClients.open(
                new ClientSpec("new", Kind.HOCUSPOCUS, TestServer.WORKSPACE, "none.py", read));
        stockClients.await(
                "a viewer creates no file",
                () -> stockClients.state("new").words("closed").contains("file-unknown"));
    }

    @Test
    void a_full_document_does_not_affect_others_on_the_same_socket() {
        var paths = new JsonArray();
        for (int i = 0; i < DOCUMENTS - 1; i++) {
            paths.add("many/file-" + i + ".py");
        }
        stockClients.open(spec("many", Kind.HOCUSPOCUS, "many/full.py").with("others", paths));
        stockClients.open(spec("one", Kind.HOCUSPOCUS, "many/file-7.py"));
        stockClients.await(
                "all are synced",
                () -> othersAre("many", 0) && stockClients.state("many").isSynced());

        stockClients.command("many", "insert", "text", "y".repeat(MORE_THAN_A_TEXT));
        stockClients.awaitOneText("many");
        stockClients.command("many", "insert", "text", "one too many");
        stockClients.await(
                "the full document is closed",
                () -> stockClients.state("many").words("closed").contains("file-too-large"));
        for (var path : paths) {
            stockClients.command("many", "insertMany", "path", path.getAsString(), "letters", 50);
        }

        stockClients.await("the others are saved", () -> othersAre("many", 50));
        assertThat(stockClients.awaitOneText("one")).isEqualTo("x".repeat(50));
        assertThat(stored("many/file-23.py")).hasSize(50);
        assertThat(stored("many/full.py")).hasSize(MORE_THAN_A_TEXT);
        assertThat(stockClients.state("many").count("sockets")).isEqualTo(1);
    }

    @Test
    void y_websocket_frames_may_contain_several_messages() {
        var path = "deep/er/and er/ü.py";
        stockClients.open(spec("pack", Kind.Y_WEBSOCKET, path).with("isPacking"));
        stockClients.open(spec("yara", Kind.Y_WEBSOCKET, path));
        stockClients.awaitOneText("pack", "yara");

        // Typed in one turn, so that twenty updates and the cursor travel in one frame.
        stockClients.command("pack", "type", "letters", 20, "seed", 3);
        stockClients.command("pack", "cursor", "value", 9);

        stockClients.await("all letters arrived", () -> stockClients.text("yara").length() >= 20);
        assertThat(stockClients.state("pack").count("packed")).isGreaterThanOrEqualTo(20);
        assertThat(stockClients.awaitOneText("pack", "yara")).isEqualTo(stored(path));
        assertThat(folder.resolve(path)).exists();
        stockClients.await("the cursor", () -> cursors("yara", new String[] {"pack"}, 9));
    }

    @Test
    void y_websocket_with_a_wrong_token_is_refused() {
        stockClients.open(
                new ClientSpec(
                        "nobody", Kind.Y_WEBSOCKET, TestServer.WORKSPACE, "main.py", "wrong"));

        stockClients.await(
                "the client retries", () -> stockClients.state("nobody").count("sockets") > 2);

        assertThat(stockClients.state("nobody").is("synced")).isFalse();
        assertThat(stockClients.text("nobody")).isEmpty();
    }

    private static ClientSpec spec(String name, Kind kind, String path) {
        return new ClientSpec(name, kind, TestServer.WORKSPACE, path, server.token());
    }

    private static String stored(String path) {
        var workspace = new WorkspaceTable(database).findOrCreate(TestServer.WORKSPACE);
        return StoredTexts.text(database, workspace, path);
    }

    private static boolean othersAre(String who, int letters) {
        return stockClients.command(who, "others").getAsJsonArray().asList().stream()
                .map(one -> one.getAsJsonObject())
                .allMatch(one ->
                        one.get("synced").getAsBoolean()
                                && one.get("saved").getAsBoolean()
                                && one.get("length").getAsInt() == letters);
    }

    /// The cursor that this client sees of another; empty when it sees none.
    private static String cursor(String who, String id) {
        var present = stockClients.state(who).present();
        return present.has(id) && present.getAsJsonObject(id).has("cursor")
                ? present.getAsJsonObject(id).get("cursor").getAsString()
                : "";
    }

    private static boolean cursors(String who, String[] whom, int value) {
        var present = stockClients.state(who).present();
        for (var other : whom) {
            var id = stockClients.command(other, "id").getAsString();
            if (!present.has(id)
                    || !new JsonPrimitive(value)
                            .equals(present.getAsJsonObject(id).get("cursor"))) {
                return false;
            }
        }
        return true;
    }
}
