package dev.qide.server.store;

/// One document as stored.
///
/// @param path relative, with `/`
/// @param generation what the genesis update says under `incarnation`
/// @param genesisClient the recorded author of the genesis update, 2^32 to 2^53 - 1
public record StoredDocument(
        DocumentId id, WorkspaceId workspace, String path, String generation, long genesisClient) {}
