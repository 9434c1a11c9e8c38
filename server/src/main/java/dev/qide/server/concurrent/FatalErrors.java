package dev.qide.server.concurrent;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends the process on an error after which nothing it does can be relied on: the virtual machine
/// is out of memory or broken. A supervisor starts it anew, and everything that was acknowledged is
/// in the database.
///
/// The command line also sets `-XX:+ExitOnOutOfMemoryError`, which ends the process with code 3
/// before any code of ours runs.
public final class FatalErrors {
    /// The exit code, `EX_SOFTWARE` of sysexits.h.
    public static final int EXIT_CODE = 70;

    private static final Logger LOG = LoggerFactory.getLogger(FatalErrors.class);

    private FatalErrors() {}

    /// Ends the process if the failure is such an error; else returns. A stack overflow ends the
    /// work that caused it and nothing else.
    public static void exitOn(Throwable failure) {
        if (failure instanceof VirtualMachineError && !(failure instanceof StackOverflowError)) {
            try {
                LOG.atError()
                        .addKeyValue("event.action", "concurrent.fatal_error")
                        .setCause(failure)
                        .log("the process ends: the virtual machine cannot go on");
            } finally {
                Runtime.getRuntime().halt(EXIT_CODE);
            }
        }
    }

    /// Has every thread that ends by an exception say so in the log, and the process end where that
    /// is an error of the virtual machine.
    public static void watchThreads() {
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            exitOn(failure);
            LOG.atError()
                    .addKeyValue("event.action", "concurrent.thread_ended")
                    .addKeyValue("part", thread.getName())
                    .setCause(failure)
                    .log("a thread ended by an exception");
        });
    }
}
