package dev.qide.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Body of `POST /api/me/tokens`.
///
/// @param name the person's name for it, 1 to 60 visible characters
/// @param scopes at least one, and only scopes that the caller's credential has
/// @param expiresInDays from 1 to 366; 30 when absent
public record NewToken(String name, List<TokenList.Scope> scopes, @Nullable Integer expiresInDays) {
    public NewToken {
        scopes = List.copyOf(scopes);
    }
}
