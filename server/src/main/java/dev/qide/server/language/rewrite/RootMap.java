package dev.qide.server.language.rewrite;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Maps the roots of one side to the roots of the other: the workspace; external folders, whose
/// URIs have a scheme of their own for clients; and the language server's own folder, which clients
/// know as the plain path `/opt/ls`. Thread-safe.
public final class RootMap {
    /// The path of a language server's own files inside the sandbox.
    public static final String INSTALL = "/opt/ls";

    /// The separator after the scheme of a URI. Only strings with it are examined further.
    private static final String BEHIND_SCHEME = ":/";

    private static final Pattern CLIMBING = Pattern.compile("(^|[/\\\\])\\.\\.($|[/\\\\])");

    private final List<Pair> uriPairs;
    private final List<Pair> plainPairs;
    private final boolean isFromClient;

    /// Maps one root to another.
    ///
    /// @param isForPackages whether the pair applies only to package folders below the root
    private record Pair(RootUri from, RootUri to, boolean isForPackages) {
        private Pair(RootUri from, RootUri to) {
            this(from, to, false);
        }

        boolean isIdentity() {
            return from.text().equals(to.text());
        }

        /// The index after the root of a URI that starts at `start`; -1 for another root.
        int matchEnd(String string, int start) {
            int end = from.matchEnd(string, start);
            return end >= 0
                            && isForPackages
                            && PackageFolders.end(PackageFolders.path(string, start, end)) < 0
                    ? -1
                    : end;
        }
    }

    /// A range of a string and its replacement.
    record Replacement(int from, int to, String text) {}

    /// The paths as a language server sees them.
    ///
    /// @param workspace the path of the workspace
    /// @param install the path of the server's own files
    /// @param externalFolders folders for which clients use another scheme; they may be inside the
    ///   workspace
    public record PathView(String workspace, String install, List<ExternalFolder> externalFolders) {
        public PathView {
            externalFolders = List.copyOf(externalFolders);
        }

        /// The same view for an editor that only opens files: packages of the project keep their
        /// paths below its root.
        public PathView withPackagesInside() {
            return new PathView(
                    workspace,
                    install,
                    externalFolders.stream().filter(folder -> !folder.isOfProject()).toList());
        }
    }

    private RootMap(List<Pair> uriPairs, List<Pair> plainPairs, boolean isFromClient) {
        this.uriPairs = uriPairs;
        this.plainPairs = plainPairs;
        this.isFromClient = isFromClient;
    }

    public static RootMap toServer(RootUri client, PathView view) {
        var root = new Pair(client, RootUri.ofPath(view.workspace()));
        var uris = new ArrayList<Pair>();
        for (var folder : view.externalFolders()) {
            uris.add(
                    new Pair(
                            RootUri.ofClient(folder.uri()),
                            RootUri.ofPath(folder.asServer()),
                            folder.isOfProject()));
        }
        uris.add(root);
        var install = new Pair(RootUri.ofPath(INSTALL), RootUri.ofPath(view.install()));
        return new RootMap(List.copyOf(uris), List.of(install, root), true);
    }

    /// Maps the URIs of one root to those of another; plain paths stay.
    public static RootMap ofUris(RootUri from, RootUri to) {
        return new RootMap(List.of(new Pair(from, to)), List.of(), false);
    }

    public static RootMap toClient(RootUri client, PathView view) {
        var root = new Pair(RootUri.ofPath(view.workspace()), client);
        var uris = new ArrayList<Pair>();
        for (var folder : view.externalFolders()) {
            uris.add(
                    new Pair(
                            RootUri.ofPath(folder.asServer()),
                            RootUri.ofClient(folder.uri()),
                            folder.isOfProject()));
        }
        uris.add(root);
        var install = new Pair(RootUri.ofPath(view.install()), RootUri.ofPath(INSTALL));
        return new RootMap(List.copyOf(uris), List.of(root, install), false);
    }

    /// The replacements in a string, in order.
    ///
    /// @param isEverywhere whether to replace plain paths even where the other side could not
    ///   recognize them on the way back
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
        for (var pair : plainPairs) {
            boolean canReturn = !pair.to().isFileSystemRoot() || isEverywhere;
            if (!pair.isIdentity() && !pair.from().path().isEmpty() && canReturn) {
                plainPaths(string, pair, found);
            }
        }
        return found;
    }

    /// Searches backwards from each `:/`, which no scheme contains, so that each character is
    /// visited once.
    private void uris(String string, List<Replacement> found) {
        int from = 0;
        for (int colon = string.indexOf(BEHIND_SCHEME);
                colon >= 0;
                colon = string.indexOf(BEHIND_SCHEME, from)) {
            int start = schemeStart(string, from, colon);
            from = colon + BEHIND_SCHEME.length();
            for (var pair : start < colon ? uriPairs : List.<Pair>of()) {
                int end = pair.matchEnd(string, start);
                if (end >= 0) {
                    if (!pair.isIdentity()) {
                        found.add(new Replacement(start, end, pair.to().text()));
                    }
                    from = Math.max(from, end);
                    break;
                }
            }
        }
    }

    /// The start of the scheme (RFC 3986, section 3.1) that ends at the colon; the colon itself for
    /// none.
    private static int schemeStart(String string, int from, int colon) {
        int start = colon;
        while (start > from && isSchemeCharacter(string.charAt(start - 1))) {
            start--;
        }
        while (start < colon && !isAsciiLetter(string.charAt(start))) {
            start++;
        }
        return start;
    }

    private static boolean isSchemeCharacter(char c) {
        return isAsciiLetter(c) || (c >= '0' && c <= '9') || c == '+' || c == '.' || c == '-';
    }

    private static boolean isAsciiLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    /// Earlier replacements and the positions of this path are both sorted, so one pass merges
    /// them.
    private static void plainPaths(String string, Pair pair, List<Replacement> found) {
        var path = pair.from().plainPath();
        var to = pair.to().plainPath();
        int known = found.size();
        int next = 0;
        int at = string.indexOf(path.charAt(0));
        while (at >= 0) {
            int end = at + path.length();
            boolean isIt =
                    isPathStart(string, at)
                            && string.startsWith(path, at)
                            && isPathEnd(string, end);
            while (isIt && next < known && found.get(next).to() <= at) {
                next++;
            }
            if (isIt && (next == known || found.get(next).from() >= end)) {
                boolean isBare =
                        to.isEmpty() && (end == string.length() || string.charAt(end) != '/');
                found.add(new Replacement(at, end, isBare ? "/" : to));
            }
            at = string.indexOf(path.charAt(0), isIt ? end : at + 1);
        }
        if (known > 0 && found.size() > known) {
            found.sort(Comparator.comparingInt(Replacement::from));
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

    private static boolean isFileUri(String string) {
        return ExternalFolder.isExternal(string) || string.regionMatches(true, 0, "file:", 0, 5);
    }

    private void requireInside(String uri) {
        for (var pair : uriPairs) {
            int end = pair.matchEnd(uri, 0);
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
