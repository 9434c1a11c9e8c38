package dev.qide.wire;

/// Parameters of the notification `qide/fileSaved`: a person saved this file through the server.
///
/// @param etag the entity tag for the next `If-Match`, with quotes
/// @param by the name of the person
public record FileSavedParams(String path, String etag, String by) {}
