package dev.qide.server.concurrent;

import org.slf4j.Logger;

/// Runs one of several tasks, so that its failure is logged and the others run on.
final class GuardedTask {
    private GuardedTask() {}

    /// Runs a task; does not throw.
    ///
    /// @param log the logger of the class that has the task
    /// @param message what failed
    static void run(Runnable task, Logger log, String message) {
        try {
            task.run();
        } catch (RuntimeException | Error failure) {
            FatalErrors.exitOn(failure);
            log.atError()
                    .addKeyValue("event.action", "concurrent.task_failed")
                    .setCause(failure)
                    .log(message);
        }
    }
}
