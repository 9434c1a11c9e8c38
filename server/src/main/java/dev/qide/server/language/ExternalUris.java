package dev.qide.server.language;

import dev.qide.server.language.rewrite.ExternalFolder;
import dev.qide.server.language.rewrite.JsonRewriter;
import dev.qide.server.language.rewrite.JsonScanner;
import dev.qide.server.language.rewrite.RootMap;
import dev.qide.server.language.rewrite.RootUri;
import dev.qide.wire.FailureException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Converts URIs of external documents (`qide-external:/pyright/install/a.py`) in whole messages to
/// files of a folder (`file:///folder/pyright/install/a.py`) and back, for editors that open only
/// files. Thread-safe.
public final class ExternalUris {
    private static final String ALL = ExternalFolder.SCHEME + ":";

    /// Members with a URI that an editor opens: `Location`, `LocationLink`, `DocumentLink`.
    private static final Set<String> LEADS_TO = Set.of("uri", "targetUri", "target");

    private static final int LONGEST_NAME = 9;

    private final Path folder;
    private final String folderName;
    private final JsonRewriter toFiles;
    private final JsonRewriter toExternal;

    /// @param folder absolute, without links; its last name is ASCII and occurs in no other path
    public ExternalUris(Path folder) {
        this.folder = folder;
        folderName = "" + folder.getFileName();
        var external = RootUri.ofClient(ALL);
        var files = RootUri.ofPath(folder.toString());
        toFiles = new JsonRewriter(RootMap.ofUris(external, files));
        toExternal = new JsonRewriter(RootMap.ofUris(files, external));
    }

    /// Converts a message for the editor.
    ///
    /// @throws FailureException `PARSE_ERROR`, `MESSAGE_TOO_LARGE`
    public String toFiles(String message) {
        return message.contains(ALL) ? toFiles.rewritten(message, null) : message;
    }

    /// Converts a message of the editor.
    ///
    /// @throws FailureException `PARSE_ERROR`, `MESSAGE_TOO_LARGE`
    public String toExternal(String message) {
        return message.contains(folderName) ? toExternal.rewritten(message, null) : message;
    }

    /// The external documents to which a message of the server may lead the editor.
    ///
    /// @throws FailureException `PARSE_ERROR`, `MESSAGE_TOO_LARGE`
    public static Links linksOf(String message) {
        var scan = new Scan(message);
        if (message.contains(ALL)) {
            JsonScanner.scan(message, scan);
        }
        return new Links(scan.hasId, scan.found);
    }

    /// @param hasId whether it is a request or a response, which need not keep its order among
    ///   other messages
    /// @param documents URIs of external documents, in the message's order
    public record Links(boolean hasId, Set<String> documents) {}

    /// The file of an external document; null for any other URI.
    public @Nullable Path fileOf(String uri) {
        try {
            var path = RootUri.decoded(uri, ALL.length(), uri.length());
            var file = folder.resolve(path.replaceFirst("^/+", "")).normalize();
            return file.startsWith(folder) && !file.equals(folder) ? file : null;
        } catch (InvalidPathException _) {
            return null;
        }
    }

    private static final class Scan implements JsonScanner.Tokens {
        private final String message;
        private final Set<String> found = new LinkedHashSet<>();
        private boolean hasId;

        private Scan(String message) {
            this.message = message;
        }

        @Override
        public void name(int depth, JsonScanner.Span name) {
            hasId |= depth == 1 && name.is(message, "id");
        }

        @Override
        public void string(int depth, JsonScanner.Span name, JsonScanner.Span value) {
            if (!value.isPlain()
                    && name.to() - name.from() <= LONGEST_NAME
                    && message.startsWith(ALL, value.from())
                    && LEADS_TO.contains(name.of(message))) {
                found.add(value.of(message));
            }
        }
    }
}
