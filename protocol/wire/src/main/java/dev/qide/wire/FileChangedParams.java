package dev.qide.wire;

/// Parameters of the notification `qide/fileChanged`: a tool changed this file on disk while it is
/// open here. The next `PUT` with the old entity tag is answered 412.
///
/// @param etag the file's present entity tag, quotes included
public record FileChangedParams(String path, String etag) {}
