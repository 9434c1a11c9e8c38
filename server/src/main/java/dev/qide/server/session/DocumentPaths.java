package dev.qide.server.session;

import com.google.gson.JsonObject;
import dev.qide.server.files.FileSync;
import dev.qide.wire.DocumentPathParams;
import dev.qide.wire.DocumentPathResult;
import dev.qide.wire.Failure;
import dev.qide.wire.FailureException;
import dev.qide.wire.WireJson;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `qide/documentPath`: where a document is now, asked by an editor that lost its path and missed
/// the notification of the move.
final class DocumentPaths {
    /// A document has one genesis author; some libraries give ordinary clients such ids too.
    static final int CLIENTS = 64;

    private DocumentPaths() {}

    /// @throws FailureException `INVALID_PARAMS`, `DOCUMENT_UNAVAILABLE`
    static DocumentPathResult find(FileSync sync, Editor editor, @Nullable JsonObject params) {
        var json = params == null ? "{}" : params.toString();
        var clients = WireJson.read(json, DocumentPathParams.class).clients();
        if (clients.size() > CLIENTS) {
            throw new FailureException(Failure.INVALID_PARAMS, Map.of("limit", "" + CLIENTS));
        }
        return new DocumentPathResult(sync.pathOf(editor.workspaceId(), clients));
    }
}
