package dev.qide.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A JUnit extension: one [TestServer] for all tests of a class, on a folder that the class fills,
/// and one editor connection per test. Registered as a static field.
public final class WorkspaceServer
        implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    private final Setup setup;
    private boolean showsExternalDocuments;
    private @Nullable Path folder;
    private @Nullable TestServer server;
    private @Nullable TestClient client;

    /// Fills the workspace before the server starts.
    public interface Setup {
        void fill(Path folder) throws IOException;
    }

    public WorkspaceServer(Setup setup) {
        this.setup = setup;
    }

    /// Lets the connection of each test announce `workspace/textDocumentContent`.
    public WorkspaceServer withExternalDocuments() {
        showsExternalDocuments = true;
        return this;
    }

    /// The directory of the workspace.
    public Path folder() {
        return Objects.requireNonNull(folder);
    }

    public TestServer server() {
        return Objects.requireNonNull(server);
    }

    /// This test's connection to `/ws`, initialized; the extension closes it.
    public TestClient client() {
        if (client == null) {
            client = connect("/ws/" + TestServer.WORKSPACE);
            if (showsExternalDocuments) {
                client.initializeWithExternalDocuments(null);
            } else {
                client.initialize(null);
            }
        }
        return client;
    }

    /// Another connection, which the caller initializes and closes.
    public TestClient connect(String path) {
        return TestClient.connect(server().ws(path), server().token());
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        folder = Files.createTempDirectory("qide-workspace");
        setup.fill(folder);
        server = TestServer.start(folder);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (client != null) {
            client.close();
            client = null;
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        server().close();
        try (var files = Files.walk(folder())) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
