package dev.qide.server.language.rewrite;

import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Copies a JSON-RPC message token by token and replaces only its id and the roots in its strings;
/// everything else stays the same byte for byte. Thread-safe.
///
/// Replaces roots in values and in member names, as URIs and as plain paths. Never changes the text
/// of documents, because positions refer to it.
public final class JsonRewriter {
    /// Members with the text of documents, or with text to insert into them.
    private static final Set<String> DOCUMENT_TEXT =
            Set.of("text", "newText", "insertText", "filterText", "sortText", "textEditText");

    /// Members that a client returns unchanged. Their plain paths stay where the client has no
    /// root, since the way back could not recognize such a path.
    private static final String DATA = "data";

    private static final String ARGUMENTS = "arguments";

    private static final int LONGEST_NAME = 12;

    /// The maximum length of a rewritten message. A long root in place of a short one, very many
    /// times, would exceed the limit for received messages.
    private static final int REWRITTEN_CHARACTERS = 32 << 20;

    private final RootMap roots;

    public JsonRewriter(RootMap roots) {
        this.roots = roots;
    }

    /// Copies a message.
    ///
    /// @param id the literal that replaces the outermost `id`; null to keep it
    /// @throws FailureException `PARSE_ERROR`; `PATH_ILLEGAL` when a client names a file outside
    ///   its root; `MESSAGE_TOO_LARGE` when the copy would exceed 32 Mi characters, or the message
    ///   is nested too deeply
    public String rewritten(String json, @Nullable String id) {
        var copy = new Copy(json, id, false);
        JsonScanner.scan(json, copy);
        return copy.text();
    }

    /// Copies a server's response.
    ///
    /// @param origin the language with which to mark its items; null for none
    /// @throws FailureException as above; `INVALID_REQUEST` when it is not a response
    String answer(String json, String id, @Nullable String origin) {
        var copy = new Copy(json, id, true);
        JsonScanner.scan(json, origin == null ? copy : new ItemMarker(json, origin, copy));
        return copy.text();
    }

    /// The state of one copy. Owned by one thread.
    final class Copy implements JsonScanner.Tokens {
        private static final int NOWHERE = Integer.MAX_VALUE;

        private final String json;
        private final @Nullable String id;
        private final boolean isResponse;
        private final StringBuilder out;
        private int copied;
        private int givenBackDepth = NOWHERE;

        private Copy(String json, @Nullable String id, boolean isResponse) {
            this.json = json;
            this.id = id;
            this.isResponse = isResponse;
            out = new StringBuilder(json.length() + 64);
        }

        private String text() {
            return copied == 0 ? json : out.append(json, copied, json.length()).toString();
        }

        @Override
        public void name(int depth, JsonScanner.Span name) {
            if (depth == 1 && isResponse && name.is(json, "method")) {
                throw new FailureException(Failure.INVALID_REQUEST);
            }
            if (!name.isPlain()) {
                replaceRoots(name, true);
            }
        }

        @Override
        public void string(int depth, JsonScanner.Span name, JsonScanner.Span value) {
            if (depth == 1 && id != null && name.is(json, "id")) {
                replace(value.from() - 1, value.to() + 1, id);
            } else if (!value.isPlain() && !isIn(DOCUMENT_TEXT, name)) {
                boolean isGivenBack = givenBackDepth != NOWHERE || isGivenBack(name);
                replaceRoots(value, !isGivenBack);
            }
        }

        @Override
        public void literal(int depth, JsonScanner.Span name, JsonScanner.Span value) {
            if (depth == 1 && id != null && name.is(json, "id")) {
                replace(value.from(), value.to(), id);
            }
        }

        @Override
        public void opened(int depth, JsonScanner.Span name, int from) {
            if (givenBackDepth == NOWHERE && isGivenBack(name)) {
                givenBackDepth = depth;
            }
        }

        @Override
        public void closed(int depth, JsonScanner.Span name, int to) {
            if (depth == givenBackDepth) {
                givenBackDepth = NOWHERE;
            }
        }

        private boolean isGivenBack(JsonScanner.Span name) {
            return name.is(json, DATA) || name.is(json, ARGUMENTS);
        }

        private boolean isIn(Set<String> names, JsonScanner.Span name) {
            return name.to() - name.from() <= LONGEST_NAME && names.contains(name.of(json));
        }

        private void replaceRoots(JsonScanner.Span span, boolean isEverywhere) {
            if (span.from() == span.to()) {
                return;
            }
            var string = JsonText.of(json, span);
            for (var part : roots.replacements(string.decoded(), isEverywhere)) {
                replace(
                        string.place(part.from()),
                        string.place(part.to()),
                        JsonText.escaped(part.text()));
            }
        }

        void replace(int from, int to, String text) {
            out.append(json, copied, from).append(text);
            copied = to;
            if (out.length() > REWRITTEN_CHARACTERS) {
                throw new FailureException(Failure.MESSAGE_TOO_LARGE);
            }
        }
    }
}
