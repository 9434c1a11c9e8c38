package dev.qide.server.language.rewrite;

import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// Corrects the language id of a `textDocument/didOpen`; the rest of the message stays the same
/// byte for byte.
final class LanguageIdCorrection implements JsonScanner.Tokens {
    private static final String METHOD = "textDocument/didOpen";

    /// The part of the name that is the same in every encoding of the slash.
    private static final String METHOD_END = "didOpen";

    private static final int IN_MESSAGE = 1;
    private static final int IN_PARAMS = 2;
    private static final int IN_DOCUMENT = 3;

    private final String json;
    private boolean isOpening;
    private boolean isInParams;
    private boolean isInDocument;
    private @Nullable String uri;
    private JsonScanner.@Nullable Span languageId;

    private LanguageIdCorrection(String json) {
        this.json = json;
    }

    /// Corrects the language id.
    ///
    /// @param correct maps the URI and the language id to the right language id; null keeps it
    /// @throws dev.qide.wire.FailureException `PARSE_ERROR`
    static String corrected(String json, BiFunction<String, String, @Nullable String> correct) {
        if (!json.contains(METHOD_END)) {
            return json;
        }
        var reading = new LanguageIdCorrection(json);
        JsonScanner.scan(json, reading);
        var span = reading.languageId;
        if (!reading.isOpening || reading.uri == null || span == null) {
            return json;
        }
        var right = correct.apply(reading.uri, JsonText.of(json, span).decoded());
        return right == null
                ? json
                : json.substring(0, span.from())
                        + JsonText.escaped(right)
                        + json.substring(span.to());
    }

    @Override
    public void name(int depth, JsonScanner.Span name) {}

    @Override
    public void string(int depth, JsonScanner.Span name, JsonScanner.Span value) {
        if (depth == IN_MESSAGE && name.is(json, "method")) {
            isOpening = JsonText.of(json, value).decoded().equals(METHOD);
        } else if (depth == IN_DOCUMENT && isInDocument && name.is(json, "uri")) {
            uri = JsonText.of(json, value).decoded();
        } else if (depth == IN_DOCUMENT && isInDocument && name.is(json, "languageId")) {
            languageId = value;
        }
    }

    @Override
    public void opened(int depth, JsonScanner.Span name, int from) {
        if (depth == IN_MESSAGE) {
            isInParams = name.is(json, "params");
        } else if (depth == IN_PARAMS) {
            isInDocument = isInParams && name.is(json, "textDocument");
        }
    }

    @Override
    public void closed(int depth, JsonScanner.Span name, int to) {
        if (depth == IN_PARAMS) {
            isInDocument = false;
        }
    }
}
