package dev.qide.wire;

import java.util.List;

/// Answer to `GET /api/login`: the login providers, empty for none.
public record LoginOptions(List<Provider> providers) {
    public LoginOptions {
        providers = List.copyOf(providers);
    }

    /// @param name for display
    /// @param path where a login begins, relative to the server's address
    public record Provider(String id, String name, String path) {}
}
