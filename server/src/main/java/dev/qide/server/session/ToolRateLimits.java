package dev.qide.server.session;

import dev.qide.server.ai.WorkspaceTools.Cost;
import dev.qide.server.limits.Limit;
import dev.qide.server.limits.RateLimits;
import dev.qide.wire.FailureException;

/// The rates that a call of a tool counts against: those of the requests that do the same.
public final class ToolRateLimits {
    private ToolRateLimits() {}

    /// Counts a call.
    ///
    /// @param person the id of the person in whose name the tool is called
    /// @throws FailureException `TOO_MANY_REQUESTS`
    public static void require(RateLimits rates, Cost cost, String person) {
        switch (cost) {
            case NONE -> {
                // The message or request with the call is counted.
            }
            case SEARCH -> rates.require(Limit.COSTLY_REQUESTS, person);
            case LANGUAGE_REQUEST -> rates.require(Limit.LANGUAGE_REQUESTS, person);
        }
    }
}
