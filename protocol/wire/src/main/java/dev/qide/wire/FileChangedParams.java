package dev.qide.wire;

import org.jspecify.annotations.Nullable;

/// Parameters of the notification `qide/fileChanged`: a file was changed, moved or deleted. The
/// next `PUT` with the old entity tag is answered 412.
///
/// @param path the path of the file, or of the folder that was moved or deleted with its content
/// @param etag the file's current entity tag, with quotes; absent when nothing is left at the path
/// @param movedTo the new path; absent when it was not moved
/// @param isNewFolder whether it is a new folder
public record FileChangedParams(
        String path, @Nullable String etag, @Nullable String movedTo, boolean isNewFolder) {}
