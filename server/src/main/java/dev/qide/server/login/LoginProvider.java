package dev.qide.server.login;

import java.net.URI;

/// One login provider. Thread-safe.
interface LoginProvider {
    /// The address at the provider to which the browser goes.
    ///
    /// @throws LoginException when the provider's configuration cannot be discovered
    URI authorization(PendingLogin pending) throws LoginException;

    /// The account that the provider's answer proves.
    ///
    /// @param callback the address that the browser was sent to, with the answer in its query
    /// @throws LoginException when the answer is not one to this login
    ProvenAccount account(URI callback, PendingLogin pending) throws LoginException;
}
