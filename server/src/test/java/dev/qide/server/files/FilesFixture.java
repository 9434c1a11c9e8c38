package dev.qide.server.files;

import dev.qide.server.TestDatabase;
import dev.qide.server.concurrent.CpuPool;
import dev.qide.server.store.Database;
import dev.qide.server.store.WorkspaceTable;
import dev.qide.server.workspace.Workspaces;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A JUnit extension: a database for a test class, and workspaces on it with one directory, whose
/// name is `demo`. Registered as a static field.
final class FilesFixture implements BeforeAllCallback, AfterAllCallback {
    private @Nullable TestDatabase test;
    private @Nullable Database database;
    private @Nullable CpuPool cpu;

    @Override
    public void beforeAll(ExtensionContext context) throws InterruptedException {
        test = TestDatabase.create();
        database = new Database(test.address());
        cpu = new CpuPool(2);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        Objects.requireNonNull(cpu).close();
        Objects.requireNonNull(database).close();
        Objects.requireNonNull(test).close();
    }

    /// The files of the workspace `demo` in a directory.
    WorkspaceFiles files(Path home, Path directory) {
        var table = new WorkspaceTable(Objects.requireNonNull(database));
        return new WorkspaceFiles(
                new Workspaces(Map.of("demo", directory), home.resolve("data"), table),
                Objects.requireNonNull(cpu),
                new SecureRandom());
    }
}
