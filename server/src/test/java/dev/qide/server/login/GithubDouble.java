package dev.qide.server.login;

import com.nimbusds.oauth2.sdk.pkce.CodeChallenge;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/// A server shaped like GitHub: its OAuth web application flow and four paths of its REST API, with
/// errors as GitHub reports them. Everybody who comes is logged in as the person 583231.
final class GithubDouble implements AutoCloseable {
    static final String CLIENT = "Iv1.qide";
    static final String SECRET = "github's secret";

    private final LoopbackServer server;
    private final Map<String, Map<String, String>> codes = new ConcurrentHashMap<>();
    private final Map<String, Boolean> tokens = new ConcurrentHashMap<>();
    volatile String emails =
            "[{\"email\":\"other@example.org\",\"verified\":false,\"primary\":false},"
                    + "{\"email\":\"ann@example.org\",\"verified\":true,\"primary\":true}]";
    volatile String organisation = "";

    /// The headers of a refusal of `/user/memberships`; empty for none.
    volatile Map<String, String> rateLimit = Map.of();

    GithubDouble() throws IOException {
        server = new LoopbackServer(this::answer);
    }

    String url() {
        return server.url();
    }

    @Override
    public void close() {
        server.close();
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
        var query = LoopbackServer.form(exchange.getRequestURI().getRawQuery());
        var code = UUID.randomUUID().toString();
        codes.put(code, query);
        exchange.getResponseHeaders()
                .set(
                        "Location",
                        query.get("redirect_uri")
                                + "?code="
                                + code
                                + "&state="
                                + LoopbackServer.encoded(query.getOrDefault("state", "")));
        LoopbackServer.send(exchange, 302, "");
    }

    private void token(HttpExchange exchange) throws IOException {
        var form =
                LoopbackServer.form(
                        new String(
                                exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        var asked = codes.remove(form.getOrDefault("code", ""));
        var verifier = form.getOrDefault("code_verifier", "");
        if (!CLIENT.equals(form.get("client_id")) || !SECRET.equals(form.get("client_secret"))) {
            LoopbackServer.send(exchange, 200, "{\"error\":\"incorrect_client_credentials\"}");
        } else if (asked == null
                || !CodeChallenge.compute(CodeChallengeMethod.S256, new CodeVerifier(verifier))
                        .getValue()
                        .equals(asked.get("code_challenge"))) {
            LoopbackServer.send(exchange, 200, "{\"error\":\"bad_verification_code\"}");
        } else {
            var token = "gho_" + UUID.randomUUID();
            tokens.put(token, true);
            LoopbackServer.send(
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
            LoopbackServer.send(exchange, 401, "{\"message\":\"Bad credentials\"}");
        } else if (path.equals("/user")) {
            LoopbackServer.send(
                    exchange, 200, "{\"id\":583231,\"login\":\"annlee\",\"name\":null}");
        } else if (path.equals("/user/emails")) {
            LoopbackServer.send(exchange, 200, emails);
        } else if (!rateLimit.isEmpty() && path.startsWith("/user/memberships/")) {
            rateLimit.forEach(exchange.getResponseHeaders()::set);
            LoopbackServer.send(exchange, 403, "{\"message\":\"Forbidden for now\"}");
        } else if (path.equals("/user/memberships/orgs/" + organisation)) {
            LoopbackServer.send(exchange, 200, "{\"state\":\"active\",\"role\":\"member\"}");
        } else {
            LoopbackServer.send(exchange, 404, "{\"message\":\"Not Found\"}");
        }
    }
}
