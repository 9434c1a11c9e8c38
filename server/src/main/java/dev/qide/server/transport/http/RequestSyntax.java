package dev.qide.server.transport.http;

import java.util.regex.Pattern;

/// The character sets of HTTP's grammar (RFC 9110, section 5; RFC 9112, section 3). Pure functions,
/// linear in the length of the text.
final class RequestSyntax {
    private static final String TOKEN_SIGNS = "!#$%&'*+-.^_`|~";

    private static final Pattern HOST =
            Pattern.compile(
                    "(?:\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(?::(\\d{0,5}))?");

    private static final int PORT_MAX = 65_535;

    private RequestSyntax() {}

    /// Whether it is a method or a field name.
    static boolean isToken(String text) {
        return !text.isEmpty()
                && text.chars().allMatch(c -> isLetterOrDigit(c) || TOKEN_SIGNS.indexOf(c) >= 0);
    }

    /// Whether it has no control characters except tabs.
    static boolean isFieldValue(String text) {
        return text.chars().allMatch(c -> c == '\t' || (c >= ' ' && c != 0x7f));
    }

    /// Whether it is visible ASCII without a fragment. What browsers send unencoded, as brackets
    /// and bars, is accepted.
    static boolean isTarget(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '#');
    }

    /// Whether it is a host, with or without a port.
    static boolean isAuthority(String text) {
        var host = HOST.matcher(text);
        if (!host.matches()) {
            return false;
        }
        var port = host.group(1);
        return port == null || port.isEmpty() || Integer.parseInt(port) <= PORT_MAX;
    }

    /// Without the spaces and tabs around it.
    static String strip(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && isBlank(text.charAt(from))) {
            from++;
        }
        while (to > from && isBlank(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }

    static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    static boolean isLetterOrDigit(int c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    }
}
