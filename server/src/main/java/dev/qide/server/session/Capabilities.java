package dev.qide.server.session;

import org.jspecify.annotations.Nullable;

/// What `/ws` announces before any language server runs. Thread-safe.
public interface Capabilities {
    /// The result of `initialize`, as JSON text.
    String initializeResult();

    /// Whether a server is declared under this name.
    boolean isLanguage(String language);

    /// The language whose server serves a document, or null when none is declared.
    ///
    /// @param languageId the LSP language id that the client gave, if it did
    /// @param path the path in the workspace, if the document lies in it
    @Nullable String languageOf(@Nullable String languageId, @Nullable String path);
}
