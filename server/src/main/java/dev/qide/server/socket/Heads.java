package dev.qide.server.socket;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;

/// Reads the head of a request into a [Handshake]. Thread-safe: no state.
final class Heads {
    private Heads() {}

    /// @throws FailureException `PATH_ILLEGAL` when the decoded path has a `.` or `..` segment, a
    ///   NUL, or does not begin with `/`
    static Handshake read(
            HttpPrologue prologue, Headers headers, String remoteAddress, boolean isSecure) {
        var rawPath = prologue.uriPath().rawPath();
        var path = Percent.decode(rawPath);
        checkPath(path);
        var values = new LinkedHashMap<String, List<String>>();
        headers.forEach(header ->
                values.put(
                        header.name().toLowerCase(Locale.ROOT), List.copyOf(header.allValues())));
        return new Handshake(
                prologue.method().text(),
                path,
                rawPath,
                prologue.query().rawValue(),
                values,
                remoteAddress,
                isSecure);
    }

    private static void checkPath(String path) {
        boolean isLegal = path.startsWith("/") && path.indexOf('\0') < 0;
        for (var segment : path.split("/", -1)) {
            isLegal &= !segment.equals("..") && !segment.equals(".");
        }
        if (!isLegal) {
            throw new FailureException(Failure.PATH_ILLEGAL);
        }
    }
}
