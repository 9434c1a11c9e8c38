package dev.qide.wire;

import org.jspecify.annotations.Nullable;

/// Parameters of the notification `qide/settingChanged`: one of the person's settings was stored or
/// deleted. Sent to every editor of that person, also to the one that changed it.
///
/// @param etag the new entity tag, with its quotes; absent after a deletion
public record SettingChangedParams(String name, @Nullable String etag) {}
