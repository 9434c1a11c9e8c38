package dev.qide.server.language.rewrite;

import org.jspecify.annotations.Nullable;

/// The content of a JSON string, decoded, with the original position of each decoded character, so
/// that a part of it can be replaced while the rest stays the same byte for byte.
///
/// @param places null when the string has no escapes: then the position of a character is `from`
///   plus its index; otherwise the position of each character and of the end
record JsonText(String decoded, int from, int @Nullable [] places) {
    static JsonText of(String json, JsonScanner.Span span) {
        if (json.indexOf('\\', span.from(), span.to()) < 0) {
            return new JsonText(span.of(json), span.from(), null);
        }
        var decoded = new StringBuilder(span.to() - span.from());
        var places = new int[span.to() - span.from() + 1];
        int at = span.from();
        while (at < span.to()) {
            places[decoded.length()] = at;
            char c = json.charAt(at++);
            if (c == '\\') {
                c = json.charAt(at++);
                if (c == 'u') {
                    c = (char) Integer.parseInt(json, at, at + 4, 16);
                    at += 4;
                } else {
                    c = unescaped(c);
                }
            }
            decoded.append(c);
        }
        places[decoded.length()] = span.to();
        return new JsonText(decoded.toString(), span.from(), places);
    }

    /// The position in the JSON text of the decoded character at an index.
    int place(int index) {
        return places == null ? from + index : places[index];
    }

    /// Encodes text as the content of a JSON string.
    static String escaped(String text) {
        var json = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ' || Character.isSurrogate(c)) {
                json.append("\\u").append(String.format("%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.toString();
    }

    private static char unescaped(char c) {
        return switch (c) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> c;
        };
    }
}
