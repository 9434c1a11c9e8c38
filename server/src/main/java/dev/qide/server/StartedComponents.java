package dev.qide.server;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The parts of a server that have started, to be closed in reverse order. Owned by one thread at a
/// time.
final class StartedComponents implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StartedComponents.class);

    private final Deque<Started> started = new ArrayDeque<>();

    private record Started(String name, AutoCloseable resource) {}

    /// Remembers a part.
    ///
    /// @param name for the log
    <T extends AutoCloseable> T keep(String name, T resource) {
        started.push(new Started(name, resource));
        return resource;
    }

    /// Closes each part; a failure does not keep the others from being closed.
    @Override
    public void close() {
        while (!started.isEmpty()) {
            var part = started.pop();
            try {
                part.resource().close();
            } catch (Exception failure) {
                LOG.atWarn()
                        .addKeyValue("event.action", "server.close_failed")
                        .addKeyValue("part", part.name())
                        .setCause(failure)
                        .log("cannot close a component of the server");
            }
        }
    }
}
