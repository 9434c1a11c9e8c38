package dev.qide.server.hostile;

import dev.qide.server.identity.Principal.Scope;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// The attacks without WebSocket: slow readers, slow writers, half-open connections, wrong logins,
/// exponential searches, swapped links.
final class HttpAttacks {
    /// Three times the heap, if the server held whole files. Reading and hashing each once must
    /// still leave CPU time on two cores.
    private static final int MIDDLE_READERS = 120;

    private static final int LARGE_READERS = 30;
    private static final int PART_READERS = 20;
    private static final int READERS = 40;
    private static final int ZIP_READERS = 6;
    private static final int SEARCHERS = 4;
    private static final int SLOW_WRITERS = 30;
    private static final int SILENT = 100;
    private static final int WRONG_LOGINS = 4;
    private static final int LINK_READERS = 4;
    private static final int LINK_NAMES = 200;
    private static final Duration AT_ONCE = Duration.ofMillis(80);
    private static final Duration SOON = Duration.ofMillis(250);
    private static final Duration RARELY = Duration.ofSeconds(10);
    private static final Duration LATER = Duration.ofSeconds(5);
    private static final Duration STEP = Duration.ofMillis(250);
    private static final int ANNOUNCED_BYTES = 1 << 20;

    private final AttackTargets attackTargets;
    private final HttpClients clients;
    private final String external;
    private final String asset;
    private final List<Attack> attacks = new ArrayList<>();
    private int number;

    /// @param external the path of the endpoint with a large external document
    /// @param asset the path of an asset of the page
    HttpAttacks(
            AttackTargets attackTargets, AttackCounts attackCounts, String external, String asset) {
        this.attackTargets = attackTargets;
        clients = new HttpClients(attackCounts);
        this.external = external;
        this.asset = asset;
    }

    List<Attack> all() {
        slowReaders();
        slowWriters();
        halfOpen();
        guesses();
        searches();
        links();
        return List.copyOf(attacks);
    }

    private void slowReaders() {
        reader("slow reader: 12 MB file", MIDDLE_READERS, bulk("files/middle.bin"));
        reader("slow reader: 33 MB file", LARGE_READERS, bulk("files/large.bin"));
        reader(
                "slow reader: part of a file",
                PART_READERS,
                bulk("files/large.bin"),
                "Range: bytes=9-");
        reader("slow reader: tree", READERS, bulk("files"));
        reader("slow reader: search", SEARCHERS, bulk("search?q=text"));
        reader("slow reader: zip", ZIP_READERS, bulk("zip"));
        reader("slow reader: external document", READERS, external);
        reader("slow reader: metrics", READERS, "/metrics");
        reader("slow reader: asset of the page", READERS, asset);
    }

    private void slowWriters() {
        var name = "slow writer: head";
        var token = attackTargets.token(name, Scope.READ);
        var head = Wire.request("GET", bulk("files"), token);
        add(
                name,
                SLOW_WRITERS,
                () -> clients.trickling("slow writer: head", new byte[0], head, 1, STEP));
        writer("slow writer: entity", "Content-Length: " + ANNOUNCED_BYTES, new byte[8 << 10]);
        writer(
                "slow writer: chunks",
                "Transfer-Encoding: chunked",
                "1\r\nx\r\n".repeat(1_024).getBytes(StandardCharsets.US_ASCII));
    }

    private void writer(String name, String header, byte[] rest) {
        var token = attackTargets.token(name, Scope.EDIT);
        var path = bulk("files/slow.txt");
        var head = Wire.request("PUT", path, token, "If-None-Match: *", header);
        add(name, SLOW_WRITERS, () -> clients.trickling(name, head, rest, 6, STEP));
    }

    private void halfOpen() {
        var head = Wire.request("GET", "/api/me", "");
        var half = java.util.Arrays.copyOf(head, head.length - 3);
        silent("half-open: nothing", new byte[0]);
        silent("half-open: half a head", half);
        silent("half-open: half a TLS handshake", new byte[] {22, 3, 1, 2, 0, 1, 0});
    }

    private void silent(String name, byte[] words) {
        add(name, SILENT, () -> clients.saying(name, () -> words));
    }

    private void guesses() {
        var login = "wrong logins";
        var body = "{\"token\":\"not-a-token\"}";
        var post =
                Wire.request(
                        "POST",
                        "/api/login",
                        "",
                        "Content-Type: application/json",
                        "Content-Length: " + body.length());
        add(
                login,
                WRONG_LOGINS,
                SOON,
                () -> clients.saying(login, () -> Bytes.joined(post, Bytes.of(body))));
        var bearer = "wrong tokens";
        add(
                bearer,
                WRONG_LOGINS,
                SOON,
                () ->
                        clients.saying(
                                bearer, () -> Wire.request("GET", "/api/me", "wrong-" + number++)));
    }

    private void searches() {
        var name = "exploding search";
        var token = attackTargets.token(name, Scope.READ);
        var path = bulk("search?regex&glob=explode.txt&q=" + "(x%2Bx%2B)%2By".repeat(3));
        add(name, 1, RARELY, () -> clients.saying(name, () -> Wire.request("GET", path, token)));
    }

    private void links() {
        var name = "links under way";
        var token = attackTargets.token(name, Scope.EDIT);
        add(name, LINK_READERS, AT_ONCE, () -> clients.saying(name, () -> link(number++, token)));
    }

    private byte[] link(int turn, String token) {
        var prefix = "/api/workspaces/" + AttackTargets.SWAPPED + "/";
        var fresh = "new-" + turn % LINK_NAMES;
        return switch (turn % 8) {
            case 0 -> Wire.request("GET", prefix + "files/swap/secret.txt", token);
            case 1 -> Wire.request("GET", prefix + "files/link.txt", token);
            case 2 -> Wire.request("POST", prefix + "files/swap/" + fresh + "/a/b?folder", token);
            case 3 ->
                    Bytes.joined(
                            Wire.request(
                                    "PUT",
                                    prefix + "files/swap/" + fresh + ".txt",
                                    token,
                                    "If-None-Match: *",
                                    "Content-Length: 1"),
                            Bytes.of("x"));
            case 4 ->
                    Wire.request(
                            "GET",
                            prefix + "search?q=" + AttackCounts.SECRET.substring(0, 8),
                            token);
            case 5 -> Wire.request("GET", prefix + "files", token);
            case 6 ->
                    Wire.request(
                            "POST",
                            prefix + "files/swap/inside.txt?move=swap/" + fresh + "/moved.txt",
                            token);
            default -> Wire.request("POST", prefix + "files/swap/deep/" + fresh + "?folder", token);
        };
    }

    private void reader(String name, int lines, String path, String... headers) {
        var token = attackTargets.token(name, Scope.READ);
        Supplier<byte[]> words = () -> Wire.request("GET", path, token, headers);
        attacks.add(Attack.slow(name, lines, LATER, () -> clients.saying(name, words)));
    }

    private void add(String name, int lines, Supplier<TcpConnection.Client> client) {
        add(name, lines, LATER, client);
    }

    private void add(
            String name, int lines, Duration again, Supplier<TcpConnection.Client> client) {
        attacks.add(Attack.reading(name, lines, again, client));
    }

    private static String bulk(String path) {
        return "/api/workspaces/" + AttackTargets.BULK + "/" + path;
    }
}
