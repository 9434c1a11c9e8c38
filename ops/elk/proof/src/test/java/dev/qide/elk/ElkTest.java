package dev.qide.elk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import co.elastic.clients.elasticsearch.ilm.PutLifecycleRequest;
import co.elastic.clients.json.SimpleJsonpMapper;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `ops/elk` puts into Elasticsearch and Kibana, over the log lines of a real server, in a
/// real OpenSearch node.
///
/// `-Dlines=FILE,…` names files with log lines; one of them is of `day.mjs`.
final class ElkTest {
    private static final Path ELK = Path.of(System.getProperty("basedir", ".")).resolve("..");
    private static final String INDEX = "logs-qide-default";
    private static final int BULK_LINES = 2_000;
    private static final int SOME = 100;
    private static final Pattern FIELD = Pattern.compile("([a-zA-Z_@][\\w@.]*):");
    private static final Pattern EXISTS = Pattern.compile("_exists_:([\\w@.]+)");

    @TempDir static Path folder;
    private static SearchNode node;
    private static List<String> lines;
    private static List<JsonObject> objects;

    @BeforeAll
    static void load() throws IOException {
        lines = lines();
        objects = new ArrayList<>();
        for (var line : Files.readAllLines(ELK.resolve("saved-objects.ndjson"))) {
            objects.add(JsonParser.parseString(line).getAsJsonObject());
        }
        node = new SearchNode(folder.resolve("node"));
        node.send("PUT", "/_ingest/pipeline/qide-logs", read("ingest-pipeline.json"));
        node.send("PUT", "/_index_template/qide-logs", strict(read("index-template.json")));
        for (int from = 0; from < lines.size(); from += BULK_LINES) {
            bulk(lines.subList(from, Math.min(lines.size(), from + BULK_LINES)), Set.of(201));
        }
        node.send("POST", "/" + INDEX + "/_refresh", "");
    }

    @AfterAll
    static void stop() throws IOException {
        node.close();
    }

    /// A field that the template does not have, or a value of another type, would be refused.
    @Test
    void every_line_is_indexed_once() {
        assertThat(count("*")).isEqualTo(new HashSet<>(lines).size());
        bulk(lines.subList(0, Math.min(SOME, lines.size())), Set.of(409));
        assertThat(count("_exists_:event.ingested")).isEqualTo(new HashSet<>(lines).size());
    }

    @Test
    void a_line_with_an_unknown_field_is_refused() {
        var foreign = "{\"@timestamp\":\"2026-01-01T00:00:00Z\",\"unknown\":1}";
        assertThatThrownBy(() -> bulk(List.of(foreign), Set.of(201)))
                .hasMessageContaining("strict_dynamic_mapping_exception");
    }

    @Test
    void every_search_and_panel_finds_something_in_the_day() {
        var empty = new ArrayList<String>();
        for (var object : objects) {
            var type = object.get("type").getAsString();
            if (type.equals("search") || type.equals("visualization")) {
                var found = found(object);
                if (found.isEmpty()) {
                    empty.add(object.get("id").getAsString() + ": " + query(object));
                }
            }
        }
        assertThat(empty).isEmpty();
    }

    /// The README's procedure: the dashboard of a document's edits filtered by who made them, then
    /// the search for one request or edit filtered by what its line says.
    @Test
    void an_edit_is_found_by_its_author_and_then_by_its_trace() {
        var edit =
                lines.stream()
                        .map(line -> JsonParser.parseString(line).getAsJsonObject())
                        .filter(line -> line.has("event.action")
                                && line.get("event.action").getAsString().equals("collab.edited"))
                        .findFirst()
                        .orElseThrow();
        var filter =
                "event.action:collab.edited AND principal:\"%s\" AND workspace:\"%s\""
                        .formatted(text(edit, "principal"), text(edit, "workspace"));
        assertThat(count(filter)).isPositive().isLessThan(lines.size());
        var trace = "trace.id:\"" + text(edit, "trace.id") + "\"";
        var document = "document:\"" + text(edit, "document") + "\"";
        assertThat(count(filter + " AND " + document + " AND " + trace)).isEqualTo(1);
        assertThat(count("principal:\"nobody\" AND event.action:collab.edited")).isZero();
    }

    private static String text(JsonObject line, String key) {
        return line.get(key).getAsString();
    }

    @Test
    void the_lifecycle_policy_has_only_keys_that_elasticsearch_knows() throws IOException {
        var text = read("lifecycle.json");
        assertThat(policy(text).policy()).isNotNull();
        assertThatThrownBy(() -> policy(text.replace("max_age", "max_aeg")))
                .hasStackTraceContaining("max_aeg");
    }

    private static PutLifecycleRequest policy(String json) {
        var mapper = SimpleJsonpMapper.INSTANCE_REJECT_UNKNOWN_FIELDS;
        var parser = mapper.jsonProvider().createParser(new StringReader(json));
        return PutLifecycleRequest.of(policy ->
                policy.name("qide-logs").withJson(parser, mapper));
    }

    @Test
    void saved_objects_refer_to_each_other_and_to_fields_of_the_template() throws IOException {
        var ids = new HashSet<String>();
        objects.forEach(object -> assertThat(ids.add(id(object))).as(id(object)).isTrue());
        var known = fields(JsonParser.parseString(read("index-template.json")));
        for (var object : objects) {
            assertThat(object.get("typeMigrationVersion").getAsString()).isEqualTo("8.9.0");
            for (var reference : object.getAsJsonArray("references")) {
                var to = reference.getAsJsonObject();
                assertThat(ids).contains(to.get("type").getAsString() + "/" + to.get("id").getAsString());
            }
            assertThat(known).as(id(object)).containsAll(usedFields(object));
        }
    }

    private static String id(JsonObject object) {
        return object.get("type").getAsString() + "/" + object.get("id").getAsString();
    }

    private static Set<String> usedFields(JsonObject object) {
        var used = new TreeSet<String>();
        var attributes = object.getAsJsonObject("attributes");
        if (attributes.has("kibanaSavedObjectMeta")) {
            EXISTS.matcher(query(object)).results().forEach(match -> used.add(match.group(1)));
            FIELD.matcher(query(object).replaceAll("_exists_:[\\w@.]+", ""))
                    .results()
                    .forEach(match -> used.add(match.group(1)));
        }
        if (attributes.has("columns")) {
            attributes.getAsJsonArray("columns").forEach(each -> used.add(each.getAsString()));
        }
        if (attributes.has("visState")) {
            for (var each : aggregations(object)) {
                var params = each.getAsJsonObject().getAsJsonObject("params");
                if (params.has("field")) {
                    used.add(params.get("field").getAsString());
                }
            }
        }
        return used;
    }

    private static Set<String> fields(JsonElement template) {
        var names = new TreeSet<String>();
        var mappings =
                template.getAsJsonObject().getAsJsonObject("template").getAsJsonObject("mappings");
        collect("", mappings.getAsJsonObject("properties"), names);
        return names;
    }

    private static void collect(String prefix, JsonObject properties, Set<String> names) {
        properties.asMap().forEach((name, field) -> {
            if (field.getAsJsonObject().has("properties")) {
                var inner = field.getAsJsonObject().getAsJsonObject("properties");
                collect(prefix + name + ".", inner, names);
            } else {
                names.add(prefix + name);
            }
        });
    }

    /// The buckets or hits that Kibana would show of a saved search or a visualization.
    private static List<JsonElement> found(JsonObject object) {
        var request = new JsonObject();
        request.addProperty("size", 10);
        var queryString = new JsonObject();
        queryString.addProperty("query", query(object));
        var query = new JsonObject();
        query.add("query_string", queryString);
        request.add("query", query);
        boolean isSearch = object.get("type").getAsString().equals("search");
        if (!isSearch) {
            request.add("aggs", tree(aggregations(object)));
        }
        var answer = node.send("POST", "/" + INDEX + "/_search", request);
        var hits = answer.getAsJsonObject("hits").getAsJsonArray("hits").asList();
        if (isSearch || hits.isEmpty()) {
            return hits;
        }
        return values(answer.getAsJsonObject("aggregations"));
    }

    /// The values of an answer's aggregations; none when a bucket or a metric is empty.
    private static List<JsonElement> values(JsonObject aggregations) {
        var values = new ArrayList<JsonElement>();
        for (var each : aggregations.asMap().values()) {
            var result = each.getAsJsonObject();
            if (result.get("buckets") instanceof JsonArray buckets) {
                buckets.forEach(values::add);
            } else if (result.has("values")) {
                values.addAll(result.getAsJsonObject("values").asMap().values());
            } else if (!result.get("value").isJsonNull() && result.get("value").getAsDouble() > 0) {
                values.add(result.get("value"));
            }
        }
        return values;
    }

    /// The aggregations of a visualization as the search API takes them: each split holds the rest.
    private static JsonObject tree(JsonArray aggregations) {
        var metrics = new JsonObject();
        var splits = new ArrayList<JsonObject>();
        for (var each : aggregations) {
            var aggregation = each.getAsJsonObject();
            var type = aggregation.get("type").getAsString();
            var id = aggregation.get("id").getAsString();
            var params = aggregation.getAsJsonObject("params");
            var own = new JsonObject();
            own.add("field", params.get("field"));
            var named = new JsonObject();
            named.add(type, own);
            switch (type) {
                case "count" -> {
                    own.addProperty("field", "@timestamp");
                    named = new JsonObject();
                    named.add("value_count", own);
                }
                case "percentiles" -> own.add("percents", params.get("percents"));
                case "date_histogram" -> own.addProperty("fixed_interval", "5s");
                case "terms" -> {
                    own.add("size", params.get("size"));
                    own.add("order", order(params, aggregations));
                }
                default -> assertThat(type).isIn("sum", "max", "cardinality");
            }
            if (aggregation.get("schema").getAsString().equals("metric")) {
                metrics.add(id, named);
            } else {
                splits.add(named);
            }
        }
        var at = metrics;
        for (var split : splits.reversed()) {
            split.add("aggs", at);
            at = new JsonObject();
            at.add("split", split);
        }
        return at;
    }

    private static JsonObject order(JsonObject params, JsonArray aggregations) {
        var by = params.get("orderBy").getAsString();
        var order = new JsonObject();
        boolean isCount =
                aggregations.asList().stream()
                        .map(JsonElement::getAsJsonObject)
                        .anyMatch(each -> each.get("id").getAsString().equals(by)
                                && each.get("type").getAsString().equals("count"));
        order.add(isCount ? "_count" : by, params.get("order"));
        return order;
    }

    private static JsonArray aggregations(JsonObject visualization) {
        var state =
                visualization.getAsJsonObject("attributes").get("visState").getAsString();
        return JsonParser.parseString(state).getAsJsonObject().getAsJsonArray("aggs");
    }

    private static String query(JsonObject object) {
        var source =
                object.getAsJsonObject("attributes")
                        .getAsJsonObject("kibanaSavedObjectMeta")
                        .get("searchSourceJSON")
                        .getAsString();
        var query = JsonParser.parseString(source).getAsJsonObject().getAsJsonObject("query");
        assertThat(query.get("language").getAsString()).isEqualTo("lucene");
        return query.get("query").getAsString();
    }

    private static long count(String query) {
        var body = new JsonObject();
        var string = new JsonObject();
        string.addProperty("query", query);
        var outer = new JsonObject();
        outer.add("query_string", string);
        body.add("query", outer);
        return node.send("POST", "/" + INDEX + "/_count", body).get("count").getAsLong();
    }

    /// Indexes lines as the shipper does: the id of a line is its digest.
    ///
    /// @param expected the permitted statuses of a line
    private static void bulk(List<String> some, Set<Integer> expected) {
        var body = new StringBuilder();
        for (var line : new ArrayList<>(new java.util.LinkedHashSet<>(some))) {
            body.append("{\"create\":{\"_id\":\"").append(digest(line)).append("\"}}\n");
            body.append(line).append('\n');
        }
        var answer = node.send("POST", "/" + INDEX + "/_bulk", body.toString());
        for (var each : answer.getAsJsonArray("items")) {
            var item = each.getAsJsonObject().getAsJsonObject("create");
            int status = item.get("status").getAsInt();
            // The same line may have come in an earlier request.
            assertThat(expected.contains(status) || status == 409).as(item.toString()).isTrue();
        }
    }

    private static String digest(String line) {
        try {
            var sha = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(sha.digest(line.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static List<String> lines() throws IOException {
        var all = new ArrayList<String>();
        for (var name : System.getProperty("lines", "").split(",", -1)) {
            if (!name.isBlank()) {
                all.addAll(Files.readAllLines(Path.of(name)));
            }
        }
        assertThat(all).as("no log lines: name files with -Dlines=FILE,…").isNotEmpty();
        return all;
    }

    private static String read(String name) throws IOException {
        return Files.readString(ELK.resolve(name));
    }

    /// The template as this node takes it: unknown fields are refused, and what is Elasticsearch's
    /// own has the name that it has here.
    private static String strict(String template) {
        Map<String, String> own = new HashMap<>();
        own.put("\"dynamic\": false", "\"dynamic\": \"strict\"");
        own.put("\"flattened\"", "\"flat_object\"");
        own.put("\"index.lifecycle.name\": \"qide-logs\",", "");
        var text = template;
        for (var each : own.entrySet()) {
            assertThat(text).contains(each.getKey());
            text = text.replace(each.getKey(), each.getValue());
        }
        return text;
    }
}
