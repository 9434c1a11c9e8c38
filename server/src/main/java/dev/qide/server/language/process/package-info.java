/// Programs: installed, sandboxed, started, bounded, killed.
///
/// - [ServerLauncher] brings a declared server up: [LanguageTools] installs it, [Sandbox] confines
///   it as its [SandboxSpec] says, [ProcessStarter] is the one thread that starts processes.
/// - [RunningServer] is a [ServerProcess] with its roots and streams ([LspBaseProtocol],
///   [OutputRateLimit]).
/// - [PidsController] counts the processes of terminals where the kernel's limit does not apply.
/// - [ResourceMonitor] ends processes that take more than their limits; [RestartPolicy] is the
///   back-off and the circuit breaker after a crash.
@NullMarked
package dev.qide.server.language.process;

import org.jspecify.annotations.NullMarked;
