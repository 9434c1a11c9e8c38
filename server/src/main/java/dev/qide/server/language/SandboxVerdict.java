package dev.qide.server.language;

/// The result of a probe of the sandbox on this machine.
public sealed interface SandboxVerdict {
    /// The probe saw no environment, no network, no other files and nothing writable.
    record Holds() implements SandboxVerdict {}

    /// @param sentence the problem and what to do
    record Fails(String sentence) implements SandboxVerdict {}
}
