package dev.qide.wire;

/// Parameters of the notification `qide/fileSaved`: somebody saved this file through the server.
///
/// @param etag the entity tag for the next `If-Match`, quotes included
/// @param by the name of the person who saved
public record FileSavedParams(String path, String etag, String by) {}
