package dev.qide.server.concurrent;

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

    private static final Logger LOG = LoggerFactory.getLogger(FatalErrors.class);

    private FatalErrors() {}

    /// Ends the process if the failure is such an error, otherwise returns. A stack overflow ends
    /// only the work that caused it.
    public static void exitOn(Throwable failure) {
        if (failure instanceof VirtualMachineError && !(failure instanceof StackOverflowError)) {
            try {
                LOG.atError()
                        .addKeyValue("event.action", "concurrent.fatal_error")
                        .setCause(failure)
                        .log("exiting: the virtual machine failed");
            } finally {
                Runtime.getRuntime().halt(EXIT_CODE);
            }
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
