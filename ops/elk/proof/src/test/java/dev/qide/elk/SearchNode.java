package dev.qide.elk;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.codelibs.opensearch.runner.OpenSearchRunner;

/// A real OpenSearch node in this JVM, on a free loopback port. It has what Elasticsearch has of
/// templates, data streams, ingest pipelines, queries and aggregations, but no lifecycle policies.
final class SearchNode implements AutoCloseable {
    private static final String MODULES =
            String.join(
                    ",",
                    "org.opensearch.transport.Netty4ModulePlugin",
                    "org.opensearch.analysis.common.CommonAnalysisModulePlugin",
                    "org.opensearch.ingest.common.IngestCommonModulePlugin",
                    "org.opensearch.painless.PainlessModulePlugin",
                    "org.opensearch.script.mustache.MustacheModulePlugin",
                    "org.opensearch.index.mapper.MapperExtrasModulePlugin");

    private final HttpClient http = HttpClient.newHttpClient();
    private final OpenSearchRunner runner = new OpenSearchRunner();
    private final String address;

    /// @param folder for the node's files
    SearchNode(Path folder) throws IOException {
        int port = freePort();
        address = "http://127.0.0.1:" + port;
        runner.setMaxHttpPort(-1);
        runner.onBuild((number, settings) -> {
            settings.put("network.host", "127.0.0.1");
            settings.put("http.type", "netty4");
            settings.put("http.port", port);
            settings.putList("node.roles", "cluster_manager", "data", "ingest");
            settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
        });
        runner.build(
                OpenSearchRunner.newConfigs()
                        .clusterName("qide-proof")
                        .basePath(folder.toString())
                        .numOfNode(1)
                        .moduleTypes(MODULES));
        runner.ensureYellow();
    }

    /// Sends a request and returns its answer.
    ///
    /// @throws AssertionError when it is refused
    JsonObject send(String method, String path, String body) {
        var response = response(method, path, body);
        if (response.statusCode() / 100 != 2) {
            throw new AssertionError(method + " " + path + ": " + response.body());
        }
        return JsonParser.parseString(response.body()).getAsJsonObject();
    }

    JsonObject send(String method, String path, JsonElement body) {
        return send(method, path, body.toString());
    }

    private HttpResponse<String> response(String method, String path, String body) {
        var request =
                HttpRequest.newBuilder(URI.create(address + path))
                        .timeout(Duration.ofMinutes(1))
                        .header("Content-Type", "application/json")
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException failure) {
            throw new AssertionError(failure);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new AssertionError(stop);
        }
    }

    private static int freePort() throws IOException {
        try (var probe = new ServerSocket(0)) {
            return probe.getLocalPort();
        }
    }

    @Override
    public void close() throws IOException {
        http.close();
        runner.close();
        runner.clean();
    }
}
