package dev.qide.server.ai;

import dev.qide.server.secrets.Secret;
import dev.qide.server.secrets.SecretFile;
import dev.qide.server.secrets.SecretSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A provider's key in a file, which is read again when it changes. Content that is not exactly one
/// key does not replace the last key. Thread-safe.
final class KeyFile implements SecretSource {
    private static final Logger LOG = LoggerFactory.getLogger(KeyFile.class);

    private final String what;
    private final SecretFile file;
    private Secret read;
    private Secret key;

    /// @param what names the file in the sentence about an error
    /// @throws IllegalArgumentException when its content is not one key
    KeyFile(String what, SecretFile file) {
        this.what = what;
        this.file = file;
        read = file.current();
        var _ = ModelEntry.key(what, read.reveal());
        key = read;
    }

    @Override
    public synchronized Secret current() {
        var now = file.current();
        if (!now.equals(read)) {
            read = now;
            try {
                var _ = ModelEntry.key(what, now.reveal());
                key = now;
            } catch (IllegalArgumentException noKey) {
                LOG.atWarn()
                        .addKeyValue("event.action", "ai.key_file_unusable")
                        .addKeyValue("reason", String.valueOf(noKey.getMessage()))
                        .log("cannot use the changed key of a model: keeping the last one");
            }
        }
        return key;
    }
}
