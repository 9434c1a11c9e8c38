package dev.qide.server.store;

/// One generation of a document as stored.
///
/// @param path relative, with `/`
/// @param generation the value of `incarnation` in the genesis update
/// @param genesisClient the author of the genesis update, 2^32 to 2^53 - 1
public record StoredDocument(
        DocumentId id, WorkspaceId workspace, String path, String generation, long genesisClient) {}
