package dev.qide.server.language.rewrite;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A root as a URI (RFC 3986) and as a plain path.
///
/// @param text the URI as its owner writes it, without a slash at the end
/// @param scheme in lower case
/// @param path decoded, without a slash at the end; empty for the file system's root
/// @param octets the path in UTF-8, one character per octet
public record RootUri(String text, String scheme, String authority, String path, String octets) {
    private static final String KEPT = "-._~/!$&'()*+,;=:@";

    private RootUri(String text, String scheme, String authority, String path) {
        this(text, scheme, authority, path, octets(path));
    }

    /// For a client without a root, `src/Main.py` is `file:///src/Main.py`.
    public static RootUri ofClient(@Nullable String uri) {
        if (uri == null || uri.indexOf(':') < 1) {
            return new RootUri("file://", "file", "", "");
        }
        var text =
                uri.endsWith("/") && !uri.endsWith("://")
                        ? uri.substring(0, uri.length() - 1)
                        : uri;
        int colon = text.indexOf(':');
        int start = colon + 1;
        var authority = "";
        if (text.startsWith("//", start)) {
            int slash = text.indexOf('/', start + 2);
            authority = text.substring(start + 2, slash < 0 ? text.length() : slash);
            start = slash < 0 ? text.length() : slash;
        }
        var path = decoded(text, start, text.length());
        int end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') {
            end--;
        }
        path = path.substring(0, end);
        var scheme = text.substring(0, colon).toLowerCase(Locale.ROOT);
        boolean isEmpty = path.isEmpty() && authority.isEmpty() && scheme.equals("file");
        return new RootUri(isEmpty ? "file://" : text, scheme, authority, path);
    }

    /// @param path absolute, separated by `/`, without a slash at the end
    public static RootUri ofPath(String path) {
        var text = new StringBuilder("file://");
        for (byte octet : path.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (octet & 0xFF);
            if (c < 0x80 && (Character.isLetterOrDigit(c) || KEPT.indexOf(c) >= 0)) {
                text.append(c);
            } else {
                text.append(String.format("%%%02X", (int) c));
            }
        }
        return new RootUri(text.toString(), "file", "", path);
    }

    boolean isFileSystemRoot() {
        return path.isEmpty() && scheme.equals("file") && authority.isEmpty();
    }

    /// The plain path; a Windows drive has no slash before it.
    String plainPath() {
        return hasDrive() ? path.substring(1) : path;
    }

    /// Matches this root against the URI that starts at an index, whatever its percent-encoding and
    /// the case of its scheme, host and drive.
    ///
    /// @return the index after the root, or -1
    public int matchEnd(String string, int from) {
        if (!string.regionMatches(true, from, scheme, 0, scheme.length())
                || !string.startsWith(":", from + scheme.length())) {
            return -1;
        }
        int at = from + scheme.length() + 1;
        if (string.startsWith("//", at)) {
            at += 2;
            if (string.regionMatches(true, at, authority, 0, authority.length())) {
                at += authority.length();
            } else {
                return -1;
            }
        } else if (!authority.isEmpty()) {
            return -1;
        }
        at = pathEnd(string, at);
        return at >= 0 && endsPart(string, at) ? at : -1;
    }

    /// Decodes percent-encoded UTF-8; an invalid percent sign stays.
    public static String decoded(String uri, int from, int to) {
        if (uri.indexOf('%', from) < 0) {
            return uri.substring(from, to);
        }
        var bytes = new ByteArrayOutputStream(to - from);
        int at = from;
        while (at < to) {
            int octet = octet(uri, at, to);
            if (octet >= 0) {
                bytes.write(octet);
                at += 3;
            } else {
                int point = uri.codePointAt(at);
                bytes.writeBytes(Character.toString(point).getBytes(StandardCharsets.UTF_8));
                at += Character.charCount(point);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private int pathEnd(String string, int from) {
        int at = from;
        int matched = 0;
        while (matched < octets.length()) {
            if (at >= string.length()) {
                return -1;
            }
            int octet = octet(string, at, string.length());
            int point = octet >= 0 ? octet : string.codePointAt(at);
            if (octet >= 0 || point < 0x80) {
                if (!isSame((char) point, matched++)) {
                    return -1;
                }
            } else {
                var encoded = octets(Character.toString(point));
                if (!octets.startsWith(encoded, matched)) {
                    return -1;
                }
                matched += encoded.length();
            }
            at += octet >= 0 ? 3 : Character.charCount(point);
        }
        return at;
    }

    private static String octets(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private boolean isSame(char found, int index) {
        char wanted = octets.charAt(index);
        return found == wanted
                || (index == 1
                        && hasDrive()
                        && Character.toLowerCase(found) == Character.toLowerCase(wanted));
    }

    private boolean hasDrive() {
        return path.length() >= 3 && path.charAt(2) == ':' && Character.isLetter(path.charAt(1));
    }

    /// Whether a path segment ends before the index.
    private static boolean endsPart(String string, int at) {
        if (at >= string.length()) {
            return true;
        }
        char c = string.charAt(at);
        return c == '/'
                || c == '\\'
                || string.regionMatches(true, at, "%2f", 0, 3)
                || !(Character.isLetterOrDigit(c) || "-._~%+@$&=!".indexOf(c) >= 0);
    }

    private static int octet(String string, int at, int to) {
        if (string.charAt(at) != '%' || at + 3 > to) {
            return -1;
        }
        int high = Character.digit(string.charAt(at + 1), 16);
        int low = Character.digit(string.charAt(at + 2), 16);
        return high < 0 || low < 0 ? -1 : high * 16 + low;
    }
}
