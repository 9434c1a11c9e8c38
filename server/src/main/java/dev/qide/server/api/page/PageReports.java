package dev.qide.server.api.page;

import com.google.gson.JsonObject;
import dev.qide.server.telemetry.ErrorReports;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The destination of the browser IDE's error reports, written into its page and allowed by its
/// content security policy. Immutable.
///
/// @param settings null for nowhere: the page is as it was built
record PageReports(ErrorReports.@Nullable Settings settings) {
    private static final String HEAD = "<head>";

    /// The source of `connect-src` that the reports need, after a space; empty for none.
    String source() {
        if (settings == null) {
            return "";
        }
        var dsn = URI.create(settings.dsn());
        var port = dsn.getPort() < 0 ? "" : ":" + dsn.getPort();
        return " " + dsn.getScheme() + "://" + dsn.getHost() + port;
    }

    /// The page with the destination in its head.
    ///
    /// @param html the page as it was built
    byte[] in(byte[] html) {
        if (settings == null) {
            return html;
        }
        var destination = new JsonObject();
        destination.addProperty("dsn", settings.dsn());
        destination.addProperty("environment", settings.environment());
        destination.addProperty("release", settings.release());
        var text = new String(html, StandardCharsets.UTF_8);
        int at = text.indexOf(HEAD);
        if (at < 0) {
            throw new IllegalStateException("the page has no head");
        }
        // JSON has no single quotes outside its strings.
        var content = destination.toString().replace("&", "&amp;").replace("'", "&#39;");
        var meta = "\n    <meta name=\"qide-error-reports\" content='" + content + "' />";
        int end = at + HEAD.length();
        return (text.substring(0, end) + meta + text.substring(end))
                .getBytes(StandardCharsets.UTF_8);
    }
}
