package dev.qide.server.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Properties;

/// The version that the build wrote down.
public final class Version {
    private Version() {}

    public static String read() {
        try (var stream = Version.class.getResourceAsStream("version.properties")) {
            if (stream == null) {
                throw new IllegalStateException("version.properties is not on the class path");
            }
            var properties = new Properties();
            properties.load(stream);
            return properties.getProperty("version");
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
