package dev.qide.yjs;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;

/// Measures the objects in this JVM's heap.
final class Heap {
    private static final String COMMANDS = "com.sun.management:type=DiagnosticCommand";

    /// The filler object that a collector writes over dead objects.
    private static final String FILLER = "Filler";

    private Heap() {}

    /// The size in bytes of all reachable objects: the sum of a histogram of live objects.
    static long used() {
        long bytes = 0;
        for (String line : histogram().lines().toList()) {
            String[] words = line.trim().split("\\s+", -1);
            if (words.length >= 4 && words[0].endsWith(":") && !words[3].contains(FILLER)) {
                bytes += Long.parseLong(words[2]);
            }
        }
        return bytes;
    }

    private static String histogram() {
        try {
            return (String)
                    ManagementFactory.getPlatformMBeanServer()
                            .invoke(
                                    new ObjectName(COMMANDS),
                                    "gcClassHistogram",
                                    new Object[] {new String[0]},
                                    new String[] {String[].class.getName()});
        } catch (JMException e) {
            throw new IllegalStateException("this JVM has no histogram of its heap", e);
        }
    }
}
