package dev.qide.server.api;

import dev.qide.server.login.LoginFailure;
import dev.qide.server.login.ProviderSettings;
import dev.qide.server.transport.HttpHandler.Answer;
import dev.qide.server.transport.HttpHandler.Content;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The pages of the login: the choice of a provider, and the explanation of a failure. They have no
/// scripts, and every text is escaped.
final class AuthPages {
    private static final String STYLE =
            "body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:12vh auto;padding:0 1rem;"
                    + "color:#1f2328;background:#fff}h1{font-size:1.4rem}a,button{display:block;"
                    + "box-sizing:border-box;width:100%;margin:.75rem 0;padding:.7rem 1rem;"
                    + "border:1px solid #8c959f;border-radius:.4rem;color:#0550ae;background:none;"
                    + "font:inherit;text-decoration:none;text-align:center}"
                    + "a:focus-visible,button:focus-visible{outline:3px solid #0550ae}"
                    + "@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}"
                    + "a,button{color:#79c0ff}}";

    private static final String CONTENT_SECURITY_POLICY = policy("'none'");
    private static final String POLICY_WITH_FORM = policy("'self'");

    private AuthPages() {}

    /// The page with the choice of a provider.
    ///
    /// @param folder the path of the public URL, with a slash at both ends
    /// @param invitation the code of an invitation to accept; null for none
    static Answer choice(
            List<ProviderSettings> providers, String folder, @Nullable String invitation) {
        var body = new StringBuilder();
        body.append(
                invitation == null
                        ? "<h1>Log in to Q-IDE</h1>"
                        : "<h1>You are invited to Q-IDE</h1><p>Log in to accept the invitation.</p>");
        for (var provider : providers) {
            var query =
                    invitation == null
                            ? ""
                            : "?invitation="
                                    + URLEncoder.encode(invitation, StandardCharsets.UTF_8);
            body.append(
                    link(
                            folder + "auth/" + provider.id() + query,
                            "Log in with " + provider.shownName()));
        }
        return page(200, "Log in", body.toString());
    }

    /// The page that explains a failure and what to do.
    static Answer failure(LoginFailure failure, String folder) {
        return page(
                failure.status(),
                "Login failed",
                "<h1>The login failed</h1><p>"
                        + escaped(failure.sentence())
                        + "</p>"
                        + link(folder + "auth", "Start again"));
    }

    private static Answer page(int status, String title, String body) {
        return answer(status, CONTENT_SECURITY_POLICY, html(title, "", body));
    }

    /// A page whose form is sent to this server. Its referrer policy lets the browser name the
    /// page's origin with the form, which the server requires.
    ///
    /// @param body HTML, every text in it escaped
    static Answer withForm(int status, String title, String body) {
        var referrer = "<meta name=\"referrer\" content=\"same-origin\">";
        return answer(status, POLICY_WITH_FORM, html(title, referrer, body));
    }

    private static String policy(String formAction) {
        return "default-src 'none'; style-src 'sha256-"
                + hash(STYLE)
                + "'; base-uri 'none'; form-action "
                + formAction
                + "; frame-ancestors 'none'";
    }

    private static String html(String title, String more, String body) {
        return "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\""
                + " content=\"width=device-width, initial-scale=1\"><title>"
                + escaped(title)
                + " – Q-IDE</title>"
                + more
                + "<style>"
                + STYLE
                + "</style></head><body><main>"
                + body
                + "</main></body></html>";
    }

    /// A page that is neither stored nor shown in a frame.
    ///
    /// @param policy its Content-Security-Policy
    static Answer answer(int status, String policy, String html) {
        return new Answer(
                status,
                Map.of(
                        "Cache-Control",
                        "no-store",
                        "Content-Security-Policy",
                        policy,
                        "X-Frame-Options",
                        "DENY"),
                new Content.Bytes(
                        "text/html; charset=utf-8", html.getBytes(StandardCharsets.UTF_8)));
    }

    private static String link(String address, String text) {
        return "<a href=\"" + escaped(address) + "\">" + escaped(text) + "</a>";
    }

    /// Text for HTML and its quoted attributes.
    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    /// The hash of a style for the policy, in Base64.
    static String hash(String text) {
        try {
            return Base64.getEncoder()
                    .encodeToString(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
