package dev.qide.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.cli.LoginConfig;
import dev.qide.server.cli.NodeConfig;
import dev.qide.server.cli.ServerConfig;
import dev.qide.server.identity.IssuedTokens;
import dev.qide.server.identity.Principal;
import dev.qide.server.limits.Limits;
import dev.qide.server.nodes.FileStorage;
import dev.qide.server.secrets.Secret;
import dev.qide.server.store.Database;
import dev.qide.server.store.Retention;
import dev.qide.server.store.TokenTable;
import dev.qide.server.telemetry.ErrorReports;
import dev.qide.server.telemetry.Metrics;
import dev.qide.server.telemetry.SpanDestination;
import dev.qide.server.terminal.TerminalAccess;
import dev.qide.server.transport.TlsFiles;
import dev.qide.server.transport.TrustedProxies;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A whole server in this JVM, with a free port, a fresh database, its own data directory, and one
/// workspace named `demo`.
///
/// It can be stopped and started again with the same port, data and database, like a restart on a
/// machine.
public final class TestServer implements AutoCloseable {
    /// The workspace's name.
    public static final String WORKSPACE = "demo";

    private static final NodeConfig FILES_IN_DATABASE =
            new NodeConfig(null, null, FileStorage.DATABASE, null);

    private final TestDatabase database;
    private final boolean ownsDatabase;
    private final Path data;
    private Path workspace;
    private Set<String> trusted = Set.of();
    private final @Nullable Path models;
    private final @Nullable Path languages;
    private final @Nullable TlsFiles tls;
    private int port;
    private @Nullable Path loginFile;
    private Limits limits = Limits.local();
    private NodeConfig nodes = NodeConfig.none();
    private TerminalAccess terminals = TerminalAccess.OFF;
    private Edge edge = new Edge("", "", 0);
    private ErrorReports.@Nullable Settings pageReports;
    private @Nullable SpanDestination spans;

    /// How browsers reach the server.
    ///
    /// @param origin a listed origin; empty for none
    /// @param url the public address; empty for none
    /// @param redirectPort 0 for none
    public record Edge(String origin, String url, int redirectPort) {
        Set<String> origins() {
            return origin.isEmpty() ? Set.of() : Set.of(origin);
        }

        @Nullable URI publicUrl(@Nullable URI otherwise) {
            return url.isEmpty() ? otherwise : URI.create(url);
        }
    }

    private @Nullable Server server;

    private TestServer(
            Path workspace,
            @Nullable String modelsJson,
            @Nullable TlsFiles tls,
            @Nullable Path languages)
            throws IOException {
        this.workspace = workspace;
        this.tls = tls;
        this.languages = languages;
        database = TestDatabase.create();
        ownsDatabase = true;
        data = Files.createTempDirectory("qide-test-");
        models =
                modelsJson == null
                        ? null
                        : Files.writeString(data.resolve("models.json"), modelsJson);
        begin();
    }

    /// Starts a server on a directory, without a model.
    public static TestServer start(Path workspace) throws IOException {
        return new TestServer(workspace, null, null, null);
    }

    /// Starts a server with TLS.
    public static TestServer startWithTls(Path workspace, TlsFiles tls) throws IOException {
        return new TestServer(workspace, null, tls, null);
    }

    /// Starts a server whose ghost text comes from an OpenAI-compatible provider.
    public static TestServer startWithModel(Path workspace, String modelUrl) throws IOException {
        return startWithModels(workspace, modelsFile(modelUrl));
    }

    /// Starts a server with a models file.
    public static TestServer startWithModels(Path workspace, String json) throws IOException {
        return new TestServer(workspace, json, null, null);
    }

    /// A new token of another person.
    ///
    /// @param name the name that others see
    public String tokenOf(String name, Principal.Scope... scopes) throws InterruptedException {
        var link = linkOf(name, scopes);
        return link.substring(link.indexOf("#token=") + "#token=".length());
    }

    /// Starts a server with further language servers from an operator's file.
    public static TestServer startWithLanguages(Path workspace, Path languages) throws IOException {
        return new TestServer(workspace, null, null, languages);
    }

    /// Starts a server with login providers, whose public address is its own.
    ///
    /// @param port free; the providers know the address already
    public static TestServer startWithLogin(Path workspace, int port, Path loginFile)
            throws IOException {
        return new TestServer(workspace, port, loginFile);
    }

    private TestServer(Path workspace, int port, Path loginFile) throws IOException {
        this.workspace = workspace;
        this.port = port;
        this.loginFile = loginFile;
        database = TestDatabase.create();
        ownsDatabase = true;
        tls = null;
        languages = null;
        models = null;
        data = Files.createTempDirectory("qide-test-");
        begin();
    }

    /// Starts a second server on the database, the directories and with the token of another one,
    /// which must be closed later.
    public static TestServer startBeside(TestServer first) throws IOException {
        return startBeside(first, first.nodes, null);
    }

    /// The same with settings of its own.
    public static TestServer startBeside(TestServer first, NodeConfig nodes, @Nullable TlsFiles tls)
            throws IOException {
        return new TestServer(first, nodes, tls);
    }

    /// Starts a server that keeps the files of managed workspaces in the database.
    public static TestServer startWithFilesInDatabase(Path workspace) throws IOException {
        var server = start(workspace);
        server.end();
        server.nodes = FILES_IN_DATABASE;
        server.begin();
        return server;
    }

    private TestServer(TestServer first, NodeConfig nodes, @Nullable TlsFiles tls)
            throws IOException {
        this.nodes = nodes;
        this.tls = tls;
        limits = first.limits;
        terminals = first.terminals;
        workspace = first.workspace;
        languages = first.languages;
        models = first.models;
        database = first.database;
        ownsDatabase = false;
        data = Files.createTempDirectory("qide-test-");
        Files.copy(first.data.resolve("token"), data.resolve("token"));
        if (nodes.files() == FileStorage.DIRECTORY) {
            Files.createSymbolicLink(data.resolve("workspaces"), first.data.resolve("workspaces"));
        }
        begin();
    }

    /// The link with the owner's token.
    public String link() {
        return server().link();
    }

    public String token() {
        return link().substring(link().indexOf("#token=") + "#token=".length());
    }

    /// The link with a new token for another person.
    ///
    /// @param name the name that others see
    public String linkOf(String name, Principal.Scope... scopes) throws InterruptedException {
        try (var beside = Database.ofRunningServer(database.address())) {
            var tokens =
                    new IssuedTokens(
                            new TokenTable(beside), new SecureRandom(), InstantSource.system());
            var token =
                    tokens.create(new IssuedTokens.TokenRequest(Set.of(scopes), name, null, null));
            return http("/").resolve("#token=" + token).toString();
        }
    }

    /// Revokes the tokens of this name, as the command line does.
    public void revoke(String name) throws InterruptedException {
        try (var beside = Database.ofRunningServer(database.address())) {
            var tokens =
                    new IssuedTokens(
                            new TokenTable(beside), new SecureRandom(), InstantSource.system());
            tokens.list().stream()
                    .filter(one -> one.name().equals(name))
                    .forEach(one -> tokens.revoke(one.id()));
        }
    }

    /// @param path starting with `/`
    public URI http(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    /// @param path starting with `/`
    public URI ws(String path) {
        return URI.create("ws://127.0.0.1:" + port + path);
    }

    /// The method and path of every endpoint.
    public List<String> routes() {
        return server().serving().api().routes();
    }

    /// Every metric of the server, by name.
    public List<Metrics.Description> metrics() {
        return server().serving().api().metrics();
    }

    /// The text of `/metrics`.
    public String scrape() throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            var request =
                    HttpRequest.newBuilder(http("/metrics"))
                            .header("Authorization", "Bearer " + token())
                            .build();
            return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        }
    }

    public TestDatabase database() {
        return database;
    }

    /// The id under which the other servers of its database know it.
    public String nodeId() {
        return database.rows(
                        "SELECT id::text FROM nodes WHERE url LIKE ? ORDER BY started_at DESC",
                        "%:" + http("/").getPort())
                .getFirst();
    }

    /// Lets it hand its workspaces over, as `qide nodes drain` does, or serve again.
    public void setDraining(boolean isDraining) {
        int changed =
                database.execute(
                        "UPDATE nodes SET draining_since = CASE WHEN ? THEN now() END WHERE id::text = ?",
                        isDraining,
                        nodeId());
        assertThat(changed).isEqualTo(1);
    }

    public Path data() {
        return data;
    }

    /// Stops the server gracefully; [#begin()] starts it again.
    public void end() {
        server().close();
        server = null;
    }

    /// Starts the server, after the first time on the same port.
    public void begin() throws IOException {
        try {
            server =
                    Server.start(
                            new ServerConfig(
                                    Map.of(WORKSPACE, workspace),
                                    trusted,
                                    "127.0.0.1",
                                    port,
                                    data,
                                    ServerConfig.tools(
                                            new ServerConfig.Environment(System.getenv())),
                                    Secret.of(url()),
                                    TestPooler.url(database.address()),
                                    models,
                                    languages,
                                    edge.origins(),
                                    tls,
                                    TrustedProxies.parse("127.7.7.0/24"),
                                    true,
                                    "INFO",
                                    limits,
                                    new LoginConfig(
                                            loginFile,
                                            edge.publicUrl(loginFile == null ? null : http("/")),
                                            data.resolve("keys")),
                                    edge.redirectPort(),
                                    null,
                                    pageReports,
                                    spans,
                                    Retention.Periods.defaults(),
                                    nodes,
                                    terminals));
            port = server.port();
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(stop);
        }
    }

    /// Starts the server again with other limits, in the form of `QIDE_LIMITS`.
    public void begin(String itsLimits) throws IOException {
        limits = Limits.parse(itsLimits);
        begin();
    }

    /// Starts the server again with other limits, and with settings that concern other servers.
    public void begin(String itsLimits, NodeConfig itsNodes) throws IOException {
        nodes = itsNodes;
        begin(itsLimits);
    }

    /// Starts the server again with a Sentry server for its pages.
    public void begin(ErrorReports.Settings itsPageReports) throws IOException {
        pageReports = itsPageReports;
        begin();
    }

    /// Starts the server again with an OpenTelemetry collector.
    public void begin(SpanDestination itsSpans) throws IOException {
        spans = itsSpans;
        begin();
    }

    /// Starts the server again with other people who may use terminals.
    public void begin(TerminalAccess itsTerminals) throws IOException {
        terminals = itsTerminals;
        begin();
    }

    /// Starts the server again behind another public address.
    public void begin(Edge itsEdge) throws IOException {
        edge = itsEdge;
        begin();
    }

    /// Starts the server again with another directory under the workspace's name, and with
    /// `--trust` for these names.
    public void begin(Path itsWorkspace, Set<String> itsTrusted) throws IOException {
        workspace = itsWorkspace;
        trusted = itsTrusted;
        begin();
    }

    @Override
    public void close() {
        if (server != null) {
            end();
        }
        if (ownsDatabase) {
            database.close();
        }
        delete(data);
    }

    private Server server() {
        if (server == null) {
            throw new IllegalStateException("the server is stopped");
        }
        return server;
    }

    /// The address of its database, as in `QIDE_DATABASE_URL`.
    public String databaseUrl() {
        return url();
    }

    private String url() {
        var address = database.address();
        var rest = address.url().substring("jdbc:postgresql://".length());
        return "postgresql://" + address.user() + ":" + address.password() + "@" + rest;
    }

    private static String modelsFile(String url) {
        return """
        [{"name":"scripted","provider":"openai","url":"%s","model":"scripted","purpose":["completion"],"local":true}]
        """
                .formatted(url);
    }

    private static void delete(Path folder) {
        try {
            Files.walkFileTree(
                    folder,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                                throws IOException {
                            Files.delete(file);
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult postVisitDirectory(
                                Path left, @Nullable IOException failure) throws IOException {
                            Files.delete(left);
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
