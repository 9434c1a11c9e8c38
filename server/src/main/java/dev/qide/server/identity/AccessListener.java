package dev.qide.server.identity;

/// Receives a notification when credentials end or change; owners of open connections then check
/// each with [Identity#byId]. Must not block.
@FunctionalInterface
public interface AccessListener {
    /// A credential has ended or changed.
    void accessChanged();

    /// A person chose another name, which [Identity#nameOf] answers from now on.
    default void renamed(Principal.UserId person) {}
}
