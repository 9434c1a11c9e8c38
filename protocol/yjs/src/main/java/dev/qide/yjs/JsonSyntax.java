package dev.qide.yjs;

/// Checks that a range of UTF-8 is one JSON text (RFC 8259), as strictly as JavaScript's
/// `JSON.parse`.
///
/// Yjs parses JSON when it decodes an update, so malformed JSON would make the update unreadable
/// for every Yjs client: it must be refused before it is forwarded. Nothing is allocated; the depth
/// limit bounds the recursion.
final class JsonSyntax {
    private final byte[] bytes;
    private final int end;
    private final int depthLimit;
    private int at;

    private JsonSyntax(byte[] bytes, int from, int end, int depthLimit) {
        this.bytes = bytes;
        this.at = from;
        this.end = end;
        this.depthLimit = depthLimit;
    }

    /// @throws MalformedUpdateException when `bytes[from, to)` is not one JSON text
    static void check(byte[] bytes, int from, int to, int depthLimit) {
        var syntax = new JsonSyntax(bytes, from, to, depthLimit);
        syntax.passSpace();
        syntax.passValue(0);
        syntax.passSpace();
        if (syntax.at != to) {
            throw syntax.malformed();
        }
    }

    private void passValue(int depth) {
        if (depth > depthLimit) {
            throw new MalformedUpdateException("JSON is nested too deeply", at);
        }
        switch (peek()) {
            case '{' -> passMembers(depth);
            case '[' -> passElements(depth);
            case '"' -> passString();
            case 't' -> passWord("true");
            case 'f' -> passWord("false");
            case 'n' -> passWord("null");
            default -> passNumber();
        }
    }

    private void passMembers(int depth) {
        at++;
        passSpace();
        if (passIf('}')) {
            return;
        }
        do {
            passSpace();
            if (peek() != '"') {
                throw malformed();
            }
            passString();
            passSpace();
            if (!passIf(':')) {
                throw malformed();
            }
            passSpace();
            passValue(depth + 1);
            passSpace();
        } while (passIf(','));
        if (!passIf('}')) {
            throw malformed();
        }
    }

    private void passElements(int depth) {
        at++;
        passSpace();
        if (passIf(']')) {
            return;
        }
        do {
            passSpace();
            passValue(depth + 1);
            passSpace();
        } while (passIf(','));
        if (!passIf(']')) {
            throw malformed();
        }
    }

    private void passString() {
        at++;
        while (true) {
            int unit = peek();
            at++;
            if (unit == '"') {
                return;
            }
            if (unit >= 0 && unit < 0x20) {
                throw malformed();
            }
            if (unit == '\\') {
                passEscape();
            }
        }
    }

    private void passEscape() {
        int letter = peek();
        at++;
        if (letter == 'u') {
            for (int i = 0; i < 4; i++) {
                if (Character.digit(peek(), 16) < 0) {
                    throw malformed();
                }
                at++;
            }
        } else if ("\"\\/bfnrt".indexOf(letter) < 0) {
            throw malformed();
        }
    }

    private void passNumber() {
        passIf('-');
        if (!passIf('0')) {
            passDigits();
        }
        if (passIf('.')) {
            passDigits();
        }
        if (passIf('e') || passIf('E')) {
            if (!passIf('+')) {
                passIf('-');
            }
            passDigits();
        }
    }

    private void passDigits() {
        int start = at;
        while (at < end && bytes[at] >= '0' && bytes[at] <= '9') {
            at++;
        }
        if (at == start) {
            throw malformed();
        }
    }

    private void passWord(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (!passIf(word.charAt(i))) {
                throw malformed();
            }
        }
    }

    private void passSpace() {
        while (at < end && " \t\n\r".indexOf(bytes[at]) >= 0) {
            at++;
        }
    }

    private boolean passIf(char expected) {
        if (at < end && bytes[at] == expected) {
            at++;
            return true;
        }
        return false;
    }

    private int peek() {
        if (at == end) {
            throw malformed();
        }
        return bytes[at];
    }

    private MalformedUpdateException malformed() {
        return new MalformedUpdateException("text is not JSON", at);
    }
}
