package dev.qide.wire;

import java.util.List;

/// Answer to `GET /api/me/settings`.
public record SettingList(List<Setting> settings) {
    public SettingList {
        settings = List.copyOf(settings);
    }

    /// @param etag the entity tag, with its quotes
    /// @param size in bytes
    public record Setting(String name, String etag, long size) {}
}
