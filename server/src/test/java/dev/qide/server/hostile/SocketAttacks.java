package dev.qide.server.hostile;

import dev.qide.server.identity.Principal.Scope;
import dev.qide.yjs.Lib0Encoder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/// The attacks on documents over WebSocket: slow readers, half-open sockets, floods, updates
/// without predecessors, huge presence, many documents, reconnects. [LanguageAttacks] has those on
/// language servers.
final class SocketAttacks {
    /// The server encodes three megabytes for each when it joins, and again when it was too slow.
    private static final int STEP_2_READERS = 16;

    private static final int SLOW_NEIGHBOURS = 10;
    private static final int HALF_OPEN = 50;
    private static final int PINGERS = 4;
    private static final int PINGS_A_STEP = 10;
    private static final int QUERIES_A_STEP = 40;
    private static final int GAPS_A_STEP = 4;
    private static final int PRESENT_CLIENTS = 64;
    private static final int STATE_CHARACTERS = 16_000;
    private static final int OPENERS = 3;
    private static final int DOCUMENTS_A_STEP = 8;
    private static final int RECONNECTS = 2;
    private static final long FIRST_CLIENT = 1_000_000;
    private static final Duration STEP = Duration.ofMillis(20);
    private static final Duration GAP_STEP = Duration.ofMillis(50);
    private static final Duration DOCUMENT_STEP = Duration.ofSeconds(1);
    private static final Duration PRESENCE_STEP = Duration.ofSeconds(2);
    private static final Duration TYPING_STEP = Duration.ofMillis(200);
    private static final Duration STORM = Duration.ofMillis(80);
    private static final Duration RARELY = Duration.ofSeconds(10);
    private static final Duration LATER = Duration.ofSeconds(5);
    private static final byte[] NOTHING = {0};
    private static final byte[] PLAIN_STEP_1 = {0, 0, 1, 0};

    private final AttackTargets attackTargets;
    private final AttackCounts attackCounts;
    private final HttpClients clients;
    private final List<Attack> attacks = new ArrayList<>();
    private long client;

    /// @param round distinguishes authors from those of other rounds
    SocketAttacks(AttackTargets attackTargets, AttackCounts attackCounts, int round) {
        client = FIRST_CLIENT * (1 + round);
        this.attackTargets = attackTargets;
        this.attackCounts = attackCounts;
        clients = new HttpClients(attackCounts);
    }

    List<Attack> all() {
        slowReaders();
        halfOpen();
        floods();
        updates();
        documents();
        return List.copyOf(attacks);
    }

    private void slowReaders() {
        var name = "slow reader: state of a document";
        var token = attackTargets.token(name, Scope.READ);
        slow(name, STEP_2_READERS, collab(AttackTargets.BULK), token, joining("large.txt", token));
        var plain = "slow reader: y-websocket";
        slow(
                plain,
                STEP_2_READERS,
                "/yjs/" + AttackTargets.BULK + "/large.txt",
                attackTargets.token(plain, Scope.READ),
                it -> it.send(Wire.frame(Wire.BINARY, PLAIN_STEP_1)));
        var neighbour = "slow reader: people's documents";
        var its = attackTargets.token(neighbour, Scope.READ);
        for (int i = 0; i < TypingPeople.DOCUMENTS; i++) {
            slow(
                    neighbour,
                    SLOW_NEIGHBOURS / TypingPeople.DOCUMENTS,
                    collab(AttackTargets.PEOPLE),
                    its,
                    joining(TypingPeople.path(i), its));
        }
    }

    private void halfOpen() {
        var alone = "half-open: handshake alone";
        var token = attackTargets.token(alone, Scope.READ);
        var handshake = Wire.handshake("/ws/" + AttackTargets.BULK, token);
        silent(alone, handshake);
        var half = "half-open: half a frame";
        // Announces a text message of 8 MiB and sends 3 bytes of it.
        byte[] frame = {(byte) 0x81, (byte) 0xff, 0, 0, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 'a', 'b'};
        silent(half, Bytes.joined(handshake, frame));
    }

    private void silent(String name, byte[] words) {
        attacks.add(
                Attack.reading(name, HALF_OPEN, LATER, () -> clients.saying(name, () -> words)));
    }

    private void floods() {
        flood("flood: pings", PINGERS, repeated(Wire.frame(Wire.PING, NOTHING), PINGS_A_STEP));
        var queries = "flood: presence queries";
        var token = attackTargets.token(queries, Scope.READ);
        var query = repeated(Wire.collab(TypingPeople.path(0), 3, body -> body), QUERIES_A_STEP);
        join(
                queries,
                1,
                AttackTargets.PEOPLE,
                TypingPeople.path(0),
                token,
                (it, _) -> it.every(STEP, () -> it.send(query)));
        var storm = "reconnect storm";
        var its = attackTargets.token(storm, Scope.EDIT);
        add(
                storm,
                RECONNECTS,
                STORM,
                () ->
                        socket(
                                storm,
                                collab(AttackTargets.PEOPLE),
                                its,
                                it -> {
                                    joining(TypingPeople.path(1), its).accept(it);
                                    it.loop().after(STEP, it::reset);
                                }));
    }

    private void flood(String name, int lines, byte[] words) {
        var token = attackTargets.token(name, Scope.READ);
        add(
                name,
                lines,
                LATER,
                () ->
                        socket(
                                name,
                                "/ws/" + AttackTargets.BULK,
                                token,
                                it -> it.every(STEP, () -> it.send(words))));
    }

    private void updates() {
        var gaps = "updates without predecessors";
        var token = attackTargets.token(gaps, Scope.EDIT);
        for (int i = 0; i < 2; i++) {
            var path = TypingPeople.path(i);
            join(
                    gaps,
                    1,
                    AttackTargets.PEOPLE,
                    path,
                    token,
                    (it, author) -> {
                        var clock = new long[] {1};
                        it.every(
                                GAP_STEP,
                                () -> {
                                    for (int j = 0; j < GAPS_A_STEP; j++) {
                                        var update = Wire.typed(author, clock[0]++, "z");
                                        it.send(Wire.sync(path, Wire.UPDATE, update));
                                    }
                                });
                    });
        }
        var presence = "huge presence";
        var its = attackTargets.token(presence, Scope.READ);
        join(
                presence,
                1,
                AttackTargets.PEOPLE,
                TypingPeople.path(2),
                its,
                (it, author) -> {
                    var clock = new long[1];
                    it.every(
                            PRESENCE_STEP,
                            () -> it.send(present(TypingPeople.path(2), author, clock[0]++)));
                });
        var swapped = "typing behind a link under way";
        var editor = attackTargets.token(swapped, Scope.EDIT);
        join(
                swapped,
                1,
                AttackTargets.SWAPPED,
                "swap/inside.txt",
                editor,
                (it, author) -> {
                    var clock = new long[1];
                    it.every(
                            TYPING_STEP,
                            () -> {
                                var update = Wire.typed(author, clock[0]++, "t");
                                it.send(Wire.sync("swap/inside.txt", Wire.UPDATE, update));
                            });
                });
    }

    private void documents() {
        var name = "many documents";
        var token = attackTargets.token(name, Scope.READ);
        add(
                name,
                OPENERS,
                LATER,
                () ->
                        socket(
                                name,
                                collab(AttackTargets.BULK),
                                token,
                                it -> {
                                    var next =
                                            new int[] {
                                                (int) (client++ % 2)
                                                        * AttackTargets.MANY_DOCUMENTS
                                                        / 2
                                            };
                                    it.every(
                                            DOCUMENT_STEP,
                                            () -> {
                                                for (int i = 0; i < DOCUMENTS_A_STEP; i++) {
                                                    var path =
                                                            AttackTargets.document(
                                                                    next[0]++
                                                                            % AttackTargets
                                                                                    .MANY_DOCUMENTS);
                                                    joining(path, token).accept(it);
                                                }
                                            });
                                }));
    }

    /// Presence of many clients with states of the maximum size.
    private static byte[] present(String path, long first, long clock) {
        var states = new Lib0Encoder().writeVarUint(PRESENT_CLIENTS);
        var state = "{\"x\":\"" + "p".repeat(STATE_CHARACTERS) + "\"}";
        for (int i = 0; i < PRESENT_CLIENTS; i++) {
            states.writeVarUint(first + i).writeVarUint(clock).writeVarString(state);
        }
        return Wire.collab(path, Wire.AWARENESS, body -> body.writeVarBytes(states.toBytes()));
    }

    /// Joins a document and attacks afterwards.
    private void join(
            String name,
            int lines,
            String workspace,
            String path,
            String token,
            BiConsumer<HostileClient, Long> then) {
        add(
                name,
                lines,
                LATER,
                () ->
                        socket(
                                name,
                                collab(workspace),
                                "",
                                it -> {
                                    joining(path, token).accept(it);
                                    client += 2L * PRESENT_CLIENTS;
                                    then.accept(it, client);
                                }));
    }

    private static Consumer<HostileClient> joining(String path, String token) {
        return it -> {
            it.send(Wire.auth(path, token));
            it.send(Wire.sync(path, Wire.STEP_1, NOTHING));
        };
    }

    private HostileClient socket(
            String name, String path, String token, Consumer<HostileClient> then) {
        return new HostileClient(attackCounts, name, path, token) {
            @Override
            void opened() {
                then.accept(this);
            }
        };
    }

    private void slow(
            String name, int lines, String path, String token, Consumer<HostileClient> then) {
        attacks.add(Attack.slow(name, lines, RARELY, () -> socket(name, path, token, then)));
    }

    private void add(
            String name,
            int lines,
            Duration again,
            java.util.function.Supplier<TcpConnection.Client> client) {
        attacks.add(Attack.reading(name, lines, again, client));
    }

    private static String collab(String workspace) {
        return "/collab/" + workspace;
    }

    private static byte[] repeated(byte[] words, int times) {
        var all = new byte[0];
        for (int i = 0; i < times; i++) {
            all = Bytes.joined(all, words);
        }
        return all;
    }
}
