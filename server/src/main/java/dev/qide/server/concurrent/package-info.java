/// Threads and ownership.
///
/// - [Actor]: one virtual thread with a bounded inbox owns one stateful object.
/// - [CpuPool]: platform threads for CPU work above one millisecond.
/// - [Scheduler]: timers, whose tasks are short and never block.
/// - [BackgroundTask]: a thread whose failures are logged and which restarts; [FatalErrors] ends
///   the process when the virtual machine is broken.
/// - [LockFile]: a lock with one holder per machine, across processes.
/// - [Multicast]: a loop that sends the same frames to many receivers.
/// - [DeferredWork]: work that a thread runs itself after it has released all actors and locks.
/// - [TaskBatch]: many short tasks on few threads, as long as none blocks.
///
/// Used by every package with state; uses only `telemetry`.
@NullMarked
package dev.qide.server.concurrent;

import org.jspecify.annotations.NullMarked;
