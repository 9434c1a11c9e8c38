/// Threads and who owns what.
///
/// - [Actor]: one virtual thread and one bounded inbox own one stateful thing.
/// - [CpuPool]: platform threads for CPU work above a millisecond.
/// - [Scheduler]: timers; what they run is short and never blocks.
/// - [BackgroundTask]: a thread that no failure ends in silence; [FatalErrors] ends the process
///   when the virtual machine is broken. [LockFile]: one holder on this machine, across processes.
/// - [DeferredWork]: work that a thread does itself once it has let go of everything.
@NullMarked
package dev.qide.server.concurrent;

import org.jspecify.annotations.NullMarked;
