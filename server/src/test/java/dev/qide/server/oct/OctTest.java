package dev.qide.server.oct;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import dev.qide.server.Await;
import dev.qide.server.TestServer;
import dev.qide.server.identity.Principal.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Rooms of Open Collaboration Tools, with its unmodified client (`open-collaboration-protocol`,
/// `open-collaboration-yjs`) on a whole server. `isOld` stands for the client of protocol 0.3.0,
/// which Theia 1.74 has.
class OctTest {
    private static final int LARGE = 2 << 20;

    @TempDir static Path folder;
    private static TestServer server;
    private OctClients clients;

    @BeforeAll
    static void startServer() throws IOException {
        server = TestServer.start(folder);
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void start() throws Exception {
        clients = OctClients.start();
    }

    @AfterEach
    void stop() {
        clients.close();
    }

    @Test
    void editors_in_a_room_edit_one_text_and_read_the_hosts_files() throws Exception {
        var room = create("ann", person("Ann"));
        clients.command("ann", "type", "text", "one ");
        var workspace = join("bob", person("Bob"), room);
        join("eve", person("Eve"), room);

        clients.awaitText("bob", "one ");
        clients.command("bob", "type", "text", "two ");
        clients.awaitText("eve", "one two ");
        clients.command("eve", "type", "text", "three");

        for (var who : new String[] {"ann", "bob", "eve"}) {
            clients.awaitText(who, "one two three");
            clients.awaitTransport(who, "websocket");
        }
        assertThat(workspace.get("name").getAsString()).isEqualTo("demo");
        assertThat(clients.command("bob", "read", "path", "demo/a.txt").getAsString())
                .isEqualTo("file demo/a.txt");
        assertThat(clients.events("ann"))
                .contains("asked Bob", "joined Bob", "asked Eve", "joined Eve");
        clients.awaitEvent("bob", "joined Eve");
        assertThat(clients.words("bob", "reports")).contains("PerformingLogin");
        assertThat(server.scrape())
                .containsPattern("qide_oct_rooms [1-9]")
                .containsPattern("qide_oct_peers (?:[3-9]|[1-9][0-9])")
                .containsPattern("qide_oct_messages_total\\{kind=\"broadcast\",?} [1-9]");
    }

    @Test
    void editors_of_protocol_0_3_0_and_later_ones_share_a_room() throws Exception {
        var room = create("ann", person("Ann"), "isOld", true);
        join("bob", person("Bob"), room);
        join("eve", person("Eve"), room, "isOld", true);

        clients.command("ann", "type", "text", "one ");
        clients.awaitText("eve", "one ");
        clients.command("eve", "cut");
        clients.command("bob", "type", "text", "two ");
        clients.awaitEvent("eve", "reconnected");
        clients.awaitText("eve", "one two ");
        clients.command("eve", "type", "text", "three");

        for (var who : new String[] {"ann", "bob", "eve"}) {
            clients.awaitText(who, "one two three");
            clients.awaitTransport(who, "websocket");
        }
        assertThat(clients.command("eve", "read", "path", "demo/a.txt").getAsString())
                .isEqualTo("file demo/a.txt");
        assertThat(clients.command("eve", "namespace").getAsString()).isEqualTo("/oct");
    }

    /// Clients of protocol 0.3.0 end with an error at an answer without content.
    @Test
    void a_guest_waits_until_the_host_has_made_up_their_mind() throws Exception {
        var room = create("ann", person("Ann"), "isOld", true);
        clients.command("ann", "hesitate");
        clients.command("bob", "ask", joining(person("Bob"), room, "isOld", true));
        clients.awaitEvent("ann", "asked Bob");

        Await.await(
                "the second poll of Bob ends without an answer",
                Duration.ofSeconds(60),
                () -> Collections.frequency(clients.words("bob", "reports"), "WaitingForHost") > 1);
        clients.command("ann", "decide");

        clients.awaitEvent("bob", "entered demo");
    }

    @Test
    void editors_without_a_websocket_edit_too() throws Exception {
        var room = create("ann", person("Ann"), "isPolling", true);
        join("bob", person("Bob"), room, "isPolling", true);

        clients.command("bob", "type", "text", "polled");

        clients.awaitText("ann", "polled");
        assertThat(clients.command("bob", "transport").getAsString()).isEqualTo("polling");
    }

    @Test
    void a_host_may_refuse_a_guest() throws Exception {
        var room = create("ann", person("Ann"));
        clients.command("ann", "refuse");

        assertThatThrownBy(() -> join("bob", person("Bob"), room))
                .hasMessageContaining("The host has not let you in.");
    }

    @Test
    void a_room_ends_with_its_host() throws Exception {
        var room = create("ann", person("Ann"));
        join("bob", person("Bob"), room);
        join("eve", person("Eve"), room);
        clients.command("eve", "leave");
        clients.awaitEvent("ann", "left Eve");
        clients.awaitEvent("bob", "left Eve");

        clients.command("ann", "leave");

        clients.awaitEvent("bob", "closed");
        clients.awaitEvent("bob", "disconnected io server disconnect");
        assertThatThrownBy(() -> join("joe", person("Joe"), room))
                .hasMessageContaining("There is no such room.");
    }

    @Test
    void a_wrong_token_opens_nothing() {
        assertThatThrownBy(() -> create("ann", "wrong-".repeat(7) + "x"))
                .isInstanceOf(OctClients.Refused.class);

        assertThat(clients.events("ann")).containsExactly("login 401");
    }

    @Test
    void a_revoked_token_ends_its_persons_part() throws Exception {
        var room = create("ann", person("Ann"));
        join("bob", person("Revoked"), room);

        server.revoke("Revoked");

        clients.awaitEvent("ann", "left Revoked");
        clients.awaitEvent("bob", "disconnected io server disconnect");
    }

    @Test
    void a_lost_connection_continues_with_what_was_typed_meanwhile() throws Exception {
        var room = create("ann", person("Ann"));
        join("bob", person("Bob"), room);

        clients.command("bob", "cut");
        clients.command("ann", "type", "text", "meanwhile ");
        clients.awaitEvent("bob", "reconnected");
        clients.awaitText("bob", "meanwhile ");
        clients.command("bob", "type", "text", "and after");

        clients.awaitText("ann", "meanwhile and after");
        assertThat(clients.events("ann")).doesNotContain("left Bob");
    }

    @Test
    void a_message_that_is_too_large_or_no_message_is_refused_with_a_sentence() throws Exception {
        var room = create("ann", person("Ann"));
        join("bob", person("Bob"), room);

        clients.command("bob", "say", "characters", 2 * LARGE + LARGE, "times", 1);
        clients.awaitEvent("bob", "error The message has ");
        clients.command("bob", "misbehave");
        clients.awaitEvent("bob", "error Q-IDE cannot read this message");
        clients.awaitEvent("bob", "error Q-IDE passes on encrypted messages only.");

        clients.command("bob", "type", "text", "still here");
        clients.awaitText("ann", "still here");
        assertThat(clients.command("ann", "received").getAsInt()).isZero();
    }

    @Test
    void a_person_may_share_four_rooms() throws Exception {
        var token = person("Ann");
        for (int i = 0; i < Rooms.ROOMS_OF_PERSON; i++) {
            create("ann" + i, token);
        }

        assertThatThrownBy(() -> create("more", token))
                .hasMessageContaining("You share too many rooms.");
        clients.command("ann0", "leave");
        clients.awaitEvent("ann0", "disconnected");
        create("more", token);
    }

    @Test
    void an_editor_that_does_not_read_harms_only_itself() throws Exception {
        var room = create("ann", person("Ann"));
        join("slow", person("Slow"), room);
        join("bob", person("Bob"), room);
        clients.command("slow", "pause");

        int times = 24;
        clients.command("ann", "say", "characters", LARGE, "times", times);

        clients.awaitEvent("ann", "left Slow");
        clients.awaitReceived("bob", times * LARGE);
        clients.command("bob", "type", "text", "fast");
        clients.awaitText("ann", "fast");
        assertThat(clients.events("bob")).doesNotContain("reconnected");
    }

    @Test
    void too_many_messages_end_the_connection_which_synchronizes_when_it_is_back()
            throws Exception {
        server.end();
        server.begin("messages=20");
        try {
            var room = create("ann", person("Ann"));
            join("bob", person("Bob"), room);

            clients.command("bob", "flood", "times", 200);

            clients.awaitEvent("bob", "error Too many messages.");
            clients.awaitEvent("bob", "reconnected");
            clients.command("ann", "type", "text", "again");
            clients.awaitText("bob", "again");
        } finally {
            server.end();
            server.begin("");
        }
    }

    private static String person(String name) throws InterruptedException {
        return server.tokenOf(name, Scope.EDIT);
    }

    private String create(String who, String token, Object... more) {
        return clients.command(who, "create", settings(token, more)).getAsString();
    }

    private JsonObject join(String who, String token, String room, Object... more) {
        return clients.command(who, "join", joining(token, room, more)).getAsJsonObject();
    }

    private static Object[] joining(String token, String room, Object... more) {
        var settings = settings(token, more);
        var all = new Object[settings.length + 2];
        System.arraycopy(settings, 0, all, 0, settings.length);
        all[settings.length] = "room";
        all[settings.length + 1] = room;
        return all;
    }

    private static Object[] settings(String token, Object... more) {
        var all = new Object[4 + more.length];
        all[0] = "url";
        all[1] = server.http("/oct");
        all[2] = "token";
        all[3] = token;
        System.arraycopy(more, 0, all, 4, more.length);
        return all;
    }
}
