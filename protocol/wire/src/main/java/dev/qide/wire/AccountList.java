package dev.qide.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answer to `GET /api/accounts`: the caller's accounts of login providers, oldest first.
public record AccountList(List<Account> accounts) {
    public AccountList {
        accounts = List.copyOf(accounts);
    }

    /// @param provider id of the login provider
    /// @param email an address that the provider has verified; absent for none
    /// @param linkedAt ISO 8601, UTC
    public record Account(String provider, @Nullable String email, String linkedAt) {}
}
