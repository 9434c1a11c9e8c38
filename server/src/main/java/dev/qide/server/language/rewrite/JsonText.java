package dev.qide.server.language.rewrite;

import org.jspecify.annotations.Nullable;

/// The inside of a JSON string, decoded, with the place in the text that each decoded character
/// came from, so that a part of it can be replaced and the rest stays byte for byte.
///
/// @param places null when nothing was escaped: then a character's place is `from` plus its index;
///   else one place a character and the end's
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

    /// The place in the JSON text of the decoded character at the index.
    int place(int index) {
        return places == null ? from + index : places[index];
    }

    /// Text as the inside of a JSON string.
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
