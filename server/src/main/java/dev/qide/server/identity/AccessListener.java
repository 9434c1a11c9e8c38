package dev.qide.server.identity;

/// Told that credentials ended or may do something else than before; who holds connections open
/// asks [Identity#byId] anew for each. Must not block.
@FunctionalInterface
public interface AccessListener {
    void accessChanged();
}
