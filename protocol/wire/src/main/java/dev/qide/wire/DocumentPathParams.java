package dev.qide.wire;

import java.util.List;

/// Parameters of the request `qide/documentPath`, which [DocumentPathResult] answers.
///
/// @param clients the Yjs client ids from 2^32 that a document contains, at most 64; one of them is
///   the document's genesis author
public record DocumentPathParams(List<Long> clients) {
    public DocumentPathParams {
        clients = List.copyOf(clients);
    }
}
