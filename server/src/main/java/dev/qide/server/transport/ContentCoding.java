package dev.qide.server.transport;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A content coding that this server sends (RFC 9110, section 8.4.1), in the order of preference
/// among codings that a client accepts equally.
public enum ContentCoding {
    BROTLI("br"),
    GZIP("gzip"),
    /// No coding.
    IDENTITY("identity");

    /// RFC 9110, section 12.4.2.
    private static final Pattern WEIGHT =
            Pattern.compile("(?i)[ \t]*q=(0(?:\\.\\d{0,3})?|1(?:\\.0{0,3})?)[ \t]*");

    private final String token;

    ContentCoding(String token) {
        this.token = token;
    }

    /// The name in `Content-Encoding`.
    public String token() {
        return token;
    }

    /// The best coding for a client (RFC 9110, section 12.5.3): the one with the greatest weight,
    /// of equal ones the first of this enumeration. Without the header it is the identity. Items
    /// that are malformed are ignored.
    ///
    /// @param available the codings that there are
    /// @return null when the client refuses all of them
    public static @Nullable ContentCoding best(RequestHead head, Set<ContentCoding> available) {
        if (head.header("Accept-Encoding") == null) {
            return available.contains(IDENTITY) ? IDENTITY : null;
        }
        var items = head.items("Accept-Encoding");
        ContentCoding best = null;
        double most = 0;
        for (var coding : values()) {
            double weight = available.contains(coding) ? coding.weight(items) : 0;
            if (weight > most) {
                best = coding;
                most = weight;
            }
        }
        return best;
    }

    /// 0 when the client does not accept this coding.
    private double weight(List<String> items) {
        double any = -1;
        for (var item : items) {
            int semicolon = item.indexOf(';');
            var name = (semicolon < 0 ? item : item.substring(0, semicolon)).strip();
            double weight = semicolon < 0 ? 1 : weight(item.substring(semicolon + 1));
            if (weight >= 0 && isNamed(name)) {
                return weight;
            }
            if (weight >= 0 && name.equals("*")) {
                any = weight;
            }
        }
        if (this == IDENTITY) {
            // Acceptable unless refused, but every coding that the client names is preferred.
            return any == 0 ? 0 : Double.MIN_VALUE;
        }
        return Math.max(any, 0);
    }

    /// RFC 9110, section 8.4.1.3: `x-gzip` is the same as `gzip`.
    private boolean isNamed(String name) {
        var lower = name.toLowerCase(Locale.ROOT);
        return lower.equals(token) || (this == GZIP && lower.equals("x-gzip"));
    }

    /// The weight; -1 when it is malformed.
    private static double weight(String parameter) {
        var matcher = WEIGHT.matcher(parameter);
        return matcher.matches() ? Double.parseDouble(matcher.group(1)) : -1;
    }
}
