package dev.qide.server.language.settings;

/// Converts JSON with comments and trailing commas, the format of editors' settings files, to plain
/// JSON. A pure function in linear time.
final class JsonWithComments {
    private final String text;
    private final StringBuilder out;

    /// A pending comma, written only if something other than a closing bracket follows.
    private boolean isCommaDue;

    private JsonWithComments(String text) {
        this.text = text;
        this.out = new StringBuilder(text.length());
    }

    /// The same value as plain JSON. Invalid input stays invalid.
    static String plain(String text) {
        return new JsonWithComments(text).copied();
    }

    private String copied() {
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (text.startsWith("//", at)) {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else if (text.startsWith("/*", at)) {
                int end = text.indexOf("*/", at + 2);
                at = end < 0 ? text.length() : end + 2;
            } else if (c == ',') {
                writeComma();
                isCommaDue = true;
                at++;
            } else if (Character.isWhitespace(c) || c == '\uFEFF') {
                at++;
            } else {
                isCommaDue &= c != '}' && c != ']';
                writeComma();
                int end = c == '"' ? stringEnd(at) : at + 1;
                out.append(text, at, end);
                at = end;
            }
        }
        return out.toString();
    }

    private void writeComma() {
        if (isCommaDue) {
            out.append(',');
            isCommaDue = false;
        }
    }

    private int stringEnd(int from) {
        for (int at = from + 1; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '\\') {
                at++;
            } else if (c == '"') {
                return at + 1;
            }
        }
        return text.length();
    }
}
