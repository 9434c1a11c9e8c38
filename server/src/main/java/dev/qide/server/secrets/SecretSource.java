package dev.qide.server.secrets;

/// A secret that an operator may renew while the server runs. Thread-safe.
@FunctionalInterface
public interface SecretSource {
    /// The value that is valid now: ask for it at each use.
    Secret current();
}
