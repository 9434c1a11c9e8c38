package dev.qide.server.hostile;

import com.google.gson.JsonPrimitive;
import dev.qide.server.identity.Principal.Scope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// The attacks with JSON-RPC: message floods, long strings, slow readers of large answers. The
/// language server is the real JSON server.
final class LanguageAttacks {
    private static final int[] LETTERS = {60_000, 250_000, 1_000_000};
    private static final int MESSAGES_AT_LIMIT = 90;
    private static final int MESSAGES_ABOVE_LIMIT = 300;
    private static final int ANSWER_READERS = 2;
    private static final int ANSWERS = 4;
    private static final Duration STEP = Duration.ofMillis(20);
    private static final Duration HOVER_STEP = Duration.ofSeconds(3);
    private static final Duration LATER = Duration.ofSeconds(10);
    private static final String URI = "file:///" + AttackTargets.JSON;

    private final AttackTargets attackTargets;
    private final AttackCounts attackCounts;
    private final List<Attack> attacks = new ArrayList<>();

    LanguageAttacks(AttackTargets attackTargets, AttackCounts attackCounts) {
        this.attackTargets = attackTargets;
        this.attackCounts = attackCounts;
    }

    List<Attack> all() {
        flood("flood: messages at the limit", MESSAGES_AT_LIMIT);
        flood("flood: messages above the limit", MESSAGES_ABOVE_LIMIT);
        longStrings();
        slowReaders();
        return List.copyOf(attacks);
    }

    /// Each is answered with an error, since no server knows the method.
    private void flood(String name, int messages) {
        var token = attackTargets.token(name, Scope.READ);
        var words = new byte[0];
        for (int i = 0; i < messages; i++) {
            words = Bytes.joined(words, Wire.text(request(i, "qide/nothing", "")));
        }
        var flood = words;
        attacks.add(
                Attack.reading(
                        name,
                        1,
                        LATER,
                        () ->
                                socket(
                                        name,
                                        "/ws/",
                                        token,
                                        it -> {
                                            it.send(Wire.text(initialize()));
                                            it.every(STEP, () -> it.send(flood));
                                        })));
    }

    private void longStrings() {
        var name = "long strings";
        var token = attackTargets.token(name, Scope.READ);
        attacks.add(
                Attack.reading(
                        name,
                        1,
                        LATER,
                        () ->
                                socket(
                                        name,
                                        "/ws/",
                                        token,
                                        it -> {
                                            open(it, "{\"a\": 1}\n");
                                            var turn = new int[1];
                                            it.every(
                                                    HOVER_STEP,
                                                    () -> {
                                                        var letters =
                                                                "a"
                                                                        .repeat(
                                                                                LETTERS[
                                                                                        turn[0]++
                                                                                                % LETTERS.length]);
                                                        it.send(
                                                                Wire.text(
                                                                        request(
                                                                                turn[0],
                                                                                "textDocument/hover",
                                                                                letters)));
                                                    });
                                        })));
    }

    private void slowReaders() {
        var name = "slow reader: answers of a server";
        var token = attackTargets.token(name, Scope.READ);
        attacks.add(
                Attack.slow(
                        name,
                        ANSWER_READERS,
                        LATER,
                        () ->
                                new HostileClient(
                                        attackCounts,
                                        name,
                                        "/lsp/" + AttackTargets.BULK + "/json",
                                        token) {
                                    private boolean isTold;

                                    @Override
                                    void opened() {
                                        send(Wire.text(initialize()));
                                    }

                                    @Override
                                    void answered(int opcode, byte[] payload) {
                                        if (!isTold) {
                                            isTold = true;
                                            tell(this, AttackTargets.json());
                                            for (int i = 1; i <= ANSWERS; i++) {
                                                var symbols = "textDocument/documentSymbol";
                                                send(Wire.text(request(i, symbols, "")));
                                            }
                                        }
                                    }
                                }));
    }

    private static void open(HostileClient it, String text) {
        it.send(Wire.text(initialize()));
        tell(it, text);
    }

    private static void tell(HostileClient it, String text) {
        it.send(Wire.text("{\"jsonrpc\":\"2.0\",\"method\":\"initialized\",\"params\":{}}"));
        it.send(
                Wire.text(
                        "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didOpen\",\"params\":"
                                + "{\"textDocument\":{\"uri\":\""
                                + URI
                                + "\",\"languageId\":\"json\",\"version\":1,\"text\":"
                                + new JsonPrimitive(text)
                                + "}}}"));
    }

    private static String initialize() {
        return "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"processId\":null,"
                + "\"rootUri\":null,\"capabilities\":{\"textDocument\":{\"hover\":{},"
                + "\"documentSymbol\":{\"hierarchicalDocumentSymbolSupport\":true}}}}}";
    }

    private static String request(int id, String method, String letters) {
        return "{\"jsonrpc\":\"2.0\",\"id\":"
                + (id + 1)
                + ",\"method\":\""
                + method
                + "\",\"params\":{\"textDocument\":{\"uri\":\""
                + URI
                + "\"},\"position\":{\"line\":0,\"character\":2},\"more\":\""
                + letters
                + "\"}}";
    }

    private HostileClient socket(
            String name, String door, String token, Consumer<HostileClient> then) {
        return new HostileClient(attackCounts, name, door + AttackTargets.BULK, token) {
            @Override
            void opened() {
                then.accept(this);
            }
        };
    }
}
