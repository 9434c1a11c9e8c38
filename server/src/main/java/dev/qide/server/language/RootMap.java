package dev.qide.server.language;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Which roots of one side are which roots of the other: the workspace, and the folder of the
/// language server itself, which clients know as `/opt/ls`. Thread-safe.
final class RootMap {
    /// Where clients, and servers in the sandbox, find the server's own files.
    static final String INSTALL = "/opt/ls";

    /// Something like the begin of a URI; only these places are looked at closely.
    private static final Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:/");

    private static final Pattern CLIMBING = Pattern.compile("(^|[/\\\\])\\.\\.($|[/\\\\])");

    private final List<Pair> pairs;
    private final boolean isFromClient;

    /// From this root to that one.
    private record Pair(RootUri from, RootUri to) {
        boolean isIdentity() {
            return from.text().equals(to.text());
        }
    }

    /// A part of a string, and what stands there instead.
    record Replacement(int from, int to, String text) {}

    private RootMap(List<Pair> pairs, boolean isFromClient) {
        this.pairs = pairs;
        this.isFromClient = isFromClient;
    }

    /// @param workspace the path of the workspace as the server has it
    /// @param install the path of the server's own files as the server has it
    static RootMap toServer(RootUri client, String workspace, String install) {
        return new RootMap(
                List.of(
                        new Pair(RootUri.ofPath(INSTALL), RootUri.ofPath(install)),
                        new Pair(client, RootUri.ofPath(workspace))),
                true);
    }

    static RootMap toClient(RootUri client, String workspace, String install) {
        return new RootMap(
                List.of(
                        new Pair(RootUri.ofPath(workspace), client),
                        new Pair(RootUri.ofPath(install), RootUri.ofPath(INSTALL))),
                false);
    }

    /// What to replace in a string, in order.
    ///
    /// @param isEverywhere whether plain paths are replaced even where the other side could not
    ///   find them again
    /// @throws FailureException `PATH_ILLEGAL` when a client's string is a URI outside its root
    List<Replacement> replacements(String string, boolean isEverywhere) {
        if (string.indexOf('/') < 0 && !isFileUri(string)) {
            return List.of();
        }
        if (isFromClient && isFileUri(string)) {
            requireInside(string);
        }
        var found = new ArrayList<Replacement>();
        uris(string, found);
        for (var pair : pairs) {
            boolean canReturn = !pair.to().isEverything() || isEverywhere;
            if (!pair.isIdentity() && !pair.from().path().isEmpty() && canReturn) {
                plainPaths(string, pair, found);
            }
        }
        if (found.size() > 1) {
            found.sort(java.util.Comparator.comparingInt(Replacement::from));
        }
        return found;
    }

    private void uris(String string, List<Replacement> found) {
        if (string.indexOf(":/") < 0) {
            return;
        }
        var candidate = URI.matcher(string);
        int from = 0;
        while (candidate.find(from)) {
            from = candidate.end();
            for (var pair : pairs) {
                int end = pair.from().matchEnd(string, candidate.start());
                if (end >= 0) {
                    if (!pair.isIdentity()) {
                        found.add(new Replacement(candidate.start(), end, pair.to().text()));
                    }
                    from = Math.max(from, end);
                    break;
                }
            }
        }
    }

    private static void plainPaths(String string, Pair pair, List<Replacement> found) {
        var path = pair.from().plainPath();
        int at = string.indexOf(path);
        while (at >= 0) {
            int end = at + path.length();
            if (isPathStart(string, at) && isPathEnd(string, end) && isFree(found, at, end)) {
                var to = pair.to().plainPath();
                boolean isBare =
                        to.isEmpty() && (end == string.length() || string.charAt(end) != '/');
                found.add(new Replacement(at, end, isBare ? "/" : to));
            }
            at = string.indexOf(path, end);
        }
    }

    private static boolean isPathStart(String string, int at) {
        return at == 0 || !isPathCharacter(string.charAt(at - 1));
    }

    private static boolean isPathEnd(String string, int end) {
        if (end == string.length() || string.charAt(end) == '/') {
            return true;
        }
        boolean isFullStop =
                string.charAt(end) == '.'
                        && (end + 1 == string.length()
                                || !Character.isLetterOrDigit(string.charAt(end + 1)));
        return isFullStop || !isPathCharacter(string.charAt(end));
    }

    private static boolean isPathCharacter(char c) {
        return Character.isLetterOrDigit(c) || "-._~/\\%+@$".indexOf(c) >= 0;
    }

    private static boolean isFree(List<Replacement> found, int from, int to) {
        return found.stream().noneMatch(other -> from < other.to() && other.from() < to);
    }

    private static boolean isFileUri(String string) {
        return string.regionMatches(true, 0, "file:", 0, 5);
    }

    private void requireInside(String uri) {
        for (var pair : pairs) {
            int end = pair.from().matchEnd(uri, 0);
            if (end >= 0) {
                var rest = RootUri.decoded(uri, end, uri.length());
                if (CLIMBING.matcher(rest).find() || rest.indexOf('\0') >= 0) {
                    break;
                }
                return;
            }
        }
        throw new FailureException(Failure.PATH_ILLEGAL, Map.of("reason", "outside-the-root"));
    }
}
