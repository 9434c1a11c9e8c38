package dev.qide.wire;

import org.jspecify.annotations.Nullable;

/// Parameters of the notification `qide/fileChanged`: a tool changed this file on disk while it is
/// open here. The next `PUT` with the old entity tag is answered 412.
///
/// @param etag the file's present entity tag, quotes included; absent when there is no such file
///   any more
public record FileChangedParams(String path, @Nullable String etag) {}
