package dev.qide.server.login;

import java.net.URI;

/// One login provider. Thread-safe.
interface LoginProvider {
    /// The URL at the provider to which to send the browser.
    ///
    /// @throws LoginException when the provider's configuration cannot be discovered
    URI authorization(PendingLogin pending) throws LoginException;

    /// Verifies the provider's answer and reads the account.
    ///
    /// @param callback the URL of the browser's return, with the answer in its query
    /// @throws LoginException when the answer does not belong to this login
    VerifiedAccount account(URI callback, PendingLogin pending) throws LoginException;
}
