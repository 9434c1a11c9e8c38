package dev.qide.server.language;

/// The result of a probe of the sandbox on this machine.
public sealed interface SandboxProbeResult {
    /// The probe saw no environment, no network, no other files and nothing writable.
    record Works() implements SandboxProbeResult {}

    /// @param sentence the problem and what to do
    record Failed(String sentence) implements SandboxProbeResult {}
}
