package dev.qide.server.collab;

import dev.qide.server.TestDatabase;
import dev.qide.server.store.Database;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A JUnit extension: one database for a test class, and a [CollabFixture] with its own workspace
/// for each test. Registered as a static field.
final class CollabExtension
        implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    private @Nullable TestDatabase test;
    private @Nullable Database database;
    private @Nullable CollabFixture fixture;

    CollabFixture fixture() {
        return Objects.requireNonNull(fixture);
    }

    @Override
    public void beforeAll(ExtensionContext context) throws InterruptedException {
        test = TestDatabase.create();
        database = new Database(test.address());
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        fixture = new CollabFixture(Objects.requireNonNull(test), Objects.requireNonNull(database));
    }

    @Override
    public void afterEach(ExtensionContext context) {
        fixture().close();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        Objects.requireNonNull(database).close();
        Objects.requireNonNull(test).close();
    }
}
