package dev.qide.wire;

import org.jspecify.annotations.Nullable;

/// Answer to `qide/documentPath`.
///
/// @param path where the document is now; absent when it has ended
public record DocumentPathResult(@Nullable String path) {}
