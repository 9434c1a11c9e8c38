package dev.qide.server.login;

import com.nimbusds.oauth2.sdk.pkce.CodeChallenge;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

/// A server shaped like GitHub: its OAuth web application flow and four paths of its REST API, with
/// errors as GitHub reports them. Everybody who comes is logged in as the person 583231.
final class GithubDouble implements AutoCloseable {
    static final String CLIENT = "Iv1.qide";
    static final String SECRET = "github's secret";

    private final HttpServer server;
    private final Map<String, Map<String, String>> codes = new ConcurrentHashMap<>();
    private final Map<String, Boolean> tokens = new ConcurrentHashMap<>();
    volatile String emails =
            "[{\"email\":\"other@example.org\",\"verified\":false,\"primary\":false},"
                    + "{\"email\":\"ann@example.org\",\"verified\":true,\"primary\":true}]";
    volatile String organisation = "";

    GithubDouble() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            switch (exchange.getRequestURI().getPath()) {
                case "/login/oauth/authorize" -> authorize(exchange);
                case "/login/oauth/access_token" -> token(exchange);
                case String path -> api(exchange, path);
            }
        }
    }

    private void authorize(HttpExchange exchange) throws IOException {
        var query = IssuerDouble.form(exchange.getRequestURI().getRawQuery());
        var code = UUID.randomUUID().toString();
        codes.put(code, query);
        exchange.getResponseHeaders()
                .set(
                        "Location",
                        query.get("redirect_uri")
                                + "?code="
                                + code
                                + "&state="
                                + IssuerDouble.encoded(query.getOrDefault("state", "")));
        IssuerDouble.send(exchange, 302, "");
    }

    private void token(HttpExchange exchange) throws IOException {
        var form =
                IssuerDouble.form(
                        new String(
                                exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        var asked = codes.remove(form.getOrDefault("code", ""));
        var verifier = form.getOrDefault("code_verifier", "");
        if (!CLIENT.equals(form.get("client_id")) || !SECRET.equals(form.get("client_secret"))) {
            IssuerDouble.send(exchange, 200, "{\"error\":\"incorrect_client_credentials\"}");
        } else if (asked == null
                || !CodeChallenge.compute(CodeChallengeMethod.S256, new CodeVerifier(verifier))
                        .getValue()
                        .equals(asked.get("code_challenge"))) {
            IssuerDouble.send(exchange, 200, "{\"error\":\"bad_verification_code\"}");
        } else {
            var token = "gho_" + UUID.randomUUID();
            tokens.put(token, true);
            IssuerDouble.send(
                    exchange,
                    200,
                    "{\"access_token\":\""
                            + token
                            + "\",\"token_type\":\"bearer\",\"scope\":\"\"}");
        }
    }

    private void api(HttpExchange exchange, String path) throws IOException {
        var header = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
        if (!tokens.containsKey(header.replaceFirst("^Bearer ", ""))) {
            IssuerDouble.send(exchange, 401, "{\"message\":\"Bad credentials\"}");
        } else if (path.equals("/user")) {
            IssuerDouble.send(exchange, 200, "{\"id\":583231,\"login\":\"annlee\",\"name\":null}");
        } else if (path.equals("/user/emails")) {
            IssuerDouble.send(exchange, 200, emails);
        } else if (path.equals("/user/memberships/orgs/" + organisation)) {
            IssuerDouble.send(exchange, 200, "{\"state\":\"active\",\"role\":\"member\"}");
        } else {
            IssuerDouble.send(exchange, 404, "{\"message\":\"Not Found\"}");
        }
    }
}
