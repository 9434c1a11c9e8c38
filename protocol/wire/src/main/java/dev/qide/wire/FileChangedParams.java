package dev.qide.wire;

import org.jspecify.annotations.Nullable;

/// Parameters of the notification `qide/fileChanged`: this file is another one now, or somewhere
/// else, or gone. The next `PUT` with the old entity tag is answered 412.
///
/// @param path of the file, or of the folder with everything in it that was moved or deleted
/// @param etag the file's present entity tag, quotes included; absent when there is nothing at the
///   path any more
/// @param movedTo the path where it is now; absent when it was not moved
/// @param isNewFolder whether it is a folder that was made just now
public record FileChangedParams(
        String path, @Nullable String etag, @Nullable String movedTo, boolean isNewFolder) {}
