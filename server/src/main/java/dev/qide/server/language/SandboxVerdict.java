package dev.qide.server.language;

/// Whether the sandbox holds on this machine; found by running it.
public sealed interface SandboxVerdict {
    /// A probe inside saw no environment, no network, no other file and nothing writable.
    record Holds() implements SandboxVerdict {}

    /// @param sentence what is wrong and what to do
    record Fails(String sentence) implements SandboxVerdict {}
}
