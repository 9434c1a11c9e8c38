package dev.qide.server.concurrent;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends the process on errors after which it is unreliable: the virtual machine is out of memory or
/// broken. A supervisor restarts it; everything acknowledged is in the database.
///
/// The command line also sets `-XX:+ExitOnOutOfMemoryError`, which ends the process with code 3
/// before any of our code runs.
public final class FatalErrors {
    /// The exit code, `EX_SOFTWARE` of sysexits.h.
    public static final int EXIT_CODE = 70;

    /// How long a thread waits for the one that logs why the process ends.
    private static final long LOGGING_SECONDS = 5;

    private static final Logger LOG = LoggerFactory.getLogger(FatalErrors.class);
    private static final AtomicBoolean IS_EXITING = new AtomicBoolean();

    /// Memory that is given up when the heap is full, so that the reason can be logged.
    private static final AtomicReference<byte @Nullable [][]> RESERVE =
            new AtomicReference<>(new byte[16][64 << 10]);

    private FatalErrors() {}

    /// Ends the process if the failure is such an error, otherwise returns. A stack overflow ends
    /// only the work that caused it. The first such error is logged.
    public static void exitOn(Throwable failure) {
        if (failure instanceof VirtualMachineError && !(failure instanceof StackOverflowError)) {
            try {
                if (IS_EXITING.compareAndSet(false, true)) {
                    RESERVE.set(null);
                    LOG.atError()
                            .addKeyValue("event.action", "concurrent.fatal_error")
                            .setCause(failure)
                            .log("exiting: the virtual machine failed");
                } else {
                    awaitExit();
                }
            } finally {
                Runtime.getRuntime().halt(EXIT_CODE);
            }
        }
    }

    /// Waits for the thread that logs, which ends the process; not longer than it may take.
    private static void awaitExit() {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LOGGING_SECONDS);
        for (long left; (left = deadline - System.nanoTime()) > 0; ) {
            LockSupport.parkNanos(left);
        }
    }

    /// Installs a handler that logs every exception that ends a thread, and ends the process on an
    /// error of the virtual machine.
    public static void installHandler() {
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            exitOn(failure);
            LOG.atError()
                    .addKeyValue("event.action", "concurrent.thread_ended")
                    .addKeyValue("part", thread.getName())
                    .setCause(failure)
                    .log("an exception ended a thread");
        });
    }
}
