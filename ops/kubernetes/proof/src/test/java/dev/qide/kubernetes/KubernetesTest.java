package dev.qide.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The chart over its value sets: rendered by a real Helm, and checked against the
/// schema of the Kubernetes API and the rules of a production cluster.
///
/// `-Dlayer=FILE` names the zip file with Helm.
final class KubernetesTest {
    private static final Path KUBERNETES = Path.of(System.getProperty("basedir", ".")).resolve("..");
    private static final Path CHART = KUBERNETES.resolve("qide");
    private static final Path SETTINGS =
            KUBERNETES.resolve(
                    "../../server/src/main/java/dev/qide/server/cli/EnvironmentVariable.java");
    private static final Pattern SETTING = Pattern.compile("(?m)^ {4}([A-Z_]+)\\(");

    /// Settings that have no place in a pod: the image's own paths, the browser of the tests, the
    /// redirect that the Ingress does, and the directory for which the chart mounts single files.
    private static final Set<String> NOT_OF_THE_CHART =
            Set.of(
                    "QIDE_TOOLS",
                    "QIDE_JAVA_HOME",
                    "QIDE_CHROMIUM",
                    "QIDE_REDIRECT_PORT",
                    "QIDE_SETTINGS_DIR",
                    "QIDE_TOKEN");

    @TempDir static Path folder;
    private static HelmChart chart;
    private static final Map<String, List<JsonObject>> sets = new LinkedHashMap<>();

    @BeforeAll
    static void render() throws IOException {
        chart = HelmChart.of(Path.of(System.getProperty("layer")), folder, CHART);
        sets.put("defaults", chart.objects(List.of()));
        for (var values : valueFiles()) {
            sets.put(values.getFileName().toString(), chart.objects(List.of(values)));
        }
        assertThat(sets).hasSize(6);
    }

    @Test
    void helm_finds_nothing_to_complain_about() throws IOException {
        assertThat(chart.call("lint", "--strict", "CHART").exitCode()).isZero();
        for (var values : valueFiles()) {
            var outcome = chart.call("lint", "--strict", "CHART", "--values", values.toString());
            assertThat(outcome.exitCode()).as(outcome.output()).isZero();
        }
    }

    @Test
    void every_object_follows_the_schema_of_its_kind() throws IOException {
        for (var set : sets.entrySet()) {
            var kinds = new TreeSet<String>();
            for (var object : set.getValue()) {
                var kind = kind(object);
                assertThat(Schemas.KINDS).as(set.getKey()).containsKey(kind);
                Schemas.KINDS.get(kind).validate(object);
                assertThat(metadata(object).get("namespace").getAsString()).isEqualTo("editors");
                kinds.add(kind);
            }
            assertThat(kinds)
                    .as(set.getKey())
                    .contains(
                            "apps/v1/StatefulSet",
                            "v1/Service",
                            "policy/v1/PodDisruptionBudget",
                            "networking.k8s.io/v1/NetworkPolicy");
        }
    }

    @Test
    void the_schema_notices_a_misspelt_member() {
        var broken = statefulSet("defaults").deepCopy();
        var container = container(broken);
        container.add("readinessProb", container.remove("readinessProbe"));
        assertThatThrownBy(() -> V1StatefulSet.validateJsonElement(broken))
                .hasMessageContaining("readinessProb");
        var monitor = only("monitoring.yaml", "ServiceMonitor").deepCopy();
        monitor.getAsJsonObject("spec").addProperty("endpoint", "http");
        assertThatThrownBy(() -> Schemas.checkServiceMonitor(monitor)).hasMessageContaining("endpoint");
    }

    @Test
    void every_container_is_confined_and_has_limits() {
        for (var set : sets.keySet()) {
            for (var pod : pods(set)) {
                assertThat(pod.get("automountServiceAccountToken").getAsBoolean()).isFalse();
                assertThat(pod.get("enableServiceLinks").getAsBoolean()).isFalse();
                assertThat(pod.has("hostNetwork") || pod.has("hostPID") || pod.has("hostIPC"))
                        .isFalse();
                for (var container : containers(pod)) {
                    checkConfined(set, container);
                }
                for (var volume : array(pod, "volumes")) {
                    assertThat(volume.has("hostPath")).as("%s: %s", set, volume).isFalse();
                }
            }
        }
    }

    private static void checkConfined(String set, JsonObject container) {
        var confinement = container.getAsJsonObject("securityContext");
        assertThat(confinement.get("runAsNonRoot").getAsBoolean()).as(set).isTrue();
        assertThat(confinement.get("readOnlyRootFilesystem").getAsBoolean()).as(set).isTrue();
        assertThat(confinement.get("allowPrivilegeEscalation").getAsBoolean()).as(set).isFalse();
        assertThat(confinement.get("privileged").getAsBoolean()).as(set).isFalse();
        assertThat(confinement.getAsJsonObject("capabilities"))
                .hasToString("{\"drop\":[\"ALL\"]}");
        var seccomp = confinement.getAsJsonObject("seccompProfile").get("type").getAsString();
        assertThat(seccomp).as(set).isIn("RuntimeDefault", "Localhost");
        var resources = container.getAsJsonObject("resources");
        for (var amounts : List.of("requests", "limits")) {
            assertThat(resources.getAsJsonObject(amounts).keySet())
                    .as(set)
                    .contains("cpu", "memory", "ephemeral-storage");
        }
    }

    @Test
    void the_server_has_probes_a_graceful_stop_and_a_budget() {
        for (var set : sets.keySet()) {
            var container = container(statefulSet(set));
            assertThat(path(container, "livenessProbe")).isEqualTo("/health");
            assertThat(path(container, "startupProbe")).isEqualTo("/health");
            assertThat(path(container, "readinessProbe")).isEqualTo("/ready");
            assertThat(container.getAsJsonObject("lifecycle").has("preStop")).isTrue();
            var pod = pod(statefulSet(set));
            assertThat(pod.get("terminationGracePeriodSeconds").getAsInt())
                    .isGreaterThanOrEqualTo(30);
            var budget = only(set, "PodDisruptionBudget").getAsJsonObject("spec");
            assertThat(budget.get("maxUnavailable").getAsInt()).isOne();
            var selected = budget.getAsJsonObject("selector").getAsJsonObject("matchLabels");
            var spec = statefulSet(set).getAsJsonObject("spec");
            assertThat(spec.getAsJsonObject("selector").getAsJsonObject("matchLabels"))
                    .isEqualTo(selected);
            assertThat(metadata(spec.getAsJsonObject("template")).getAsJsonObject("labels").entrySet())
                    .containsAll(selected.entrySet());
        }
    }

    @Test
    void the_sandbox_needs_exactly_its_three_exceptions() {
        var open = container(statefulSet("ingress.yaml")).getAsJsonObject("securityContext");
        assertThat(open.get("procMount").getAsString()).isEqualTo("Unmasked");
        assertThat(open.getAsJsonObject("seccompProfile").get("localhostProfile").getAsString())
                .isEqualTo("profiles/qide.json");
        assertThat(open.getAsJsonObject("appArmorProfile").get("type").getAsString())
                .isEqualTo("Unconfined");
        // Kubernetes admits an unmasked /proc only in a user namespace of the pod.
        assertThat(pod(statefulSet("ingress.yaml")).get("hostUsers").getAsBoolean()).isFalse();
        var closed = container(statefulSet("defaults")).getAsJsonObject("securityContext");
        assertThat(closed.keySet()).doesNotContain("procMount", "appArmorProfile");
        assertThat(pod(statefulSet("defaults")).has("hostUsers")).isFalse();
    }

    @Test
    void secrets_are_references_and_a_config_map_has_none() throws IOException {
        var objects = new ArrayList<JsonObject>();
        sets.values().forEach(objects::addAll);
        assertThat(objects).extracting(KubernetesTest::kind).doesNotContain("v1/Secret");
        var configMaps = objects.stream().filter(it -> kind(it).equals("v1/ConfigMap")).toList();
        assertThat(configMaps).isNotEmpty().allSatisfy(map -> {
            assertThat(map.getAsJsonObject("data").keySet()).containsExactly("languages.json");
            assertThat(map.toString()).doesNotContainPattern("(?i)password|secret|token|postgresql://");
        });
        for (var set : sets.keySet()) {
            for (var variable : variables(set)) {
                assertThat(variable.toString())
                        .as(set)
                        .doesNotContainPattern("postgresql://|rediss?://|https?://[^/\"]*@");
                assertThat(variable.get("name").getAsString())
                        .isNotIn("QIDE_DATABASE_URL", "QIDE_REDIS_URL", "QIDE_SENTRY_DSN");
            }
            var mounted = new TreeSet<String>();
            array(pod(statefulSet(set)), "volumes").stream()
                    .filter(volume -> volume.has("secret"))
                    .forEach(volume -> mounted.add(volume.get("name").getAsString()));
            for (var mount : array(container(statefulSet(set)), "volumeMounts")) {
                if (mounted.contains(mount.get("name").getAsString())) {
                    assertThat(mount.get("readOnly").getAsBoolean()).isTrue();
                    // Kubernetes does not renew a file that is mounted by subPath.
                    assertThat(mount.has("subPath")).isFalse();
                }
            }
        }
        assertThat(names("external-database.yaml"))
                .contains(
                        "QIDE_DATABASE_URL_FILE",
                        "QIDE_DATABASE_POOL_URL_FILE",
                        "QIDE_REDIS_URL_FILE",
                        "QIDE_KEYS_FILE",
                        "QIDE_MODELS_FILE",
                        "QIDE_LOGIN_FILE",
                        "QIDE_SENTRY_DSN_FILE",
                        "QIDE_LANGUAGES_FILE");
    }

    @Test
    void every_variable_is_a_setting_and_every_setting_can_be_given() throws IOException {
        var settings = settings();
        var given = new TreeSet<String>();
        for (var set : sets.keySet()) {
            assertThat(names(set)).doesNotHaveDuplicates();
            names(set).stream().filter(name -> name.startsWith("QIDE_")).forEach(given::add);
        }
        given.addAll(schemaSettings());
        var known = new TreeSet<>(settings);
        settings.forEach(setting -> known.add(setting + "_FILE"));
        assertThat(known).containsAll(given);
        var possible =
                given.stream()
                        .map(name -> settings.contains(name) ? name : name.replaceAll("_FILE$", ""))
                        .collect(Collectors.toSet());
        var missing = new TreeSet<>(settings);
        missing.removeAll(possible);
        assertThat(missing).containsExactlyInAnyOrderElementsOf(NOT_OF_THE_CHART);
    }

    @Test
    void an_ingress_leads_to_the_service_and_the_network_policy_admits_only_it() {
        for (var set : List.of("ingress.yaml", "monitoring.yaml", "two-replicas.yaml", "files-in-database.yaml")) {
            var ingress = only(set, "Ingress").getAsJsonObject("spec");
            var backend =
                    array(array(ingress, "rules").getFirst().getAsJsonObject("http"), "paths")
                            .getFirst()
                            .getAsJsonObject("backend")
                            .getAsJsonObject("service");
            var services =
                    sets.get(set).stream()
                            .filter(object -> kind(object).equals("v1/Service"))
                            .map(object -> metadata(object).get("name").getAsString())
                            .toList();
            assertThat(services).contains(backend.get("name").getAsString());
            assertThat(names(set)).contains("QIDE_PUBLIC_URL", "QIDE_TRUSTED_PROXIES");
            var policy = only(set, "NetworkPolicy").getAsJsonObject("spec");
            assertThat(policy.get("policyTypes")).hasToString("[\"Ingress\",\"Egress\"]");
            assertThat(array(policy, "ingress")).allSatisfy(rule -> {
                assertThat(rule.has("from")).isTrue();
                assertThat(rule.has("ports")).isTrue();
            });
        }
        var annotations = metadata(only("monitoring.yaml", "Ingress")).getAsJsonObject("annotations");
        assertThat(annotations.get("nginx.ingress.kubernetes.io/proxy-read-timeout").getAsString())
                .isEqualTo("3600");
    }

    @Test
    void replicas_share_managed_workspaces_only_when_the_database_does_not_keep_them() {
        assertThat(mountPaths(statefulSet("two-replicas.yaml")))
                .contains("/workspaces", "/var/lib/qide/workspaces");
        var own = statefulSet("files-in-database.yaml");
        assertThat(own.getAsJsonObject("spec").get("replicas").getAsInt()).isEqualTo(2);
        assertThat(names("files-in-database.yaml")).contains("QIDE_FILES", "QIDE_NODE_URL");
        assertThat(pod(own).has("initContainers")).isFalse();
        assertThat(array(pod(own), "volumes"))
                .noneMatch(volume -> volume.has("persistentVolumeClaim"));
        assertThat(mountPaths(own)).contains("/var/lib/qide").doesNotContain("/var/lib/qide/workspaces");
        var values = List.of(KUBERNETES.resolve("values/two-replicas.yaml"));
        var both = only(chart.objects(values, "settings.QIDE_FILES=database"), "StatefulSet");
        assertThat(mountPaths(both)).contains("/workspaces").doesNotContain("/var/lib/qide/workspaces");
        assertThat(array(pod(both), "initContainers").getFirst().get("command"))
                .hasToString(
                        "[\"mkdir\",\"-p\",\"/shared\",\"/shared/projects/demo\",\"/shared/website\"]");
    }

    @Test
    void the_monitor_leaves_out_a_sandbox_that_is_switched_off() {
        var off = array(only("monitoring.yaml", "ServiceMonitor").getAsJsonObject("spec"), "endpoints");
        assertThat(array(off.getFirst(), "metricRelabelings"))
                .singleElement()
                .hasToString(
                        "{\"sourceLabels\":[\"__name__\",\"component\"],"
                                + "\"regex\":\"qide_telemetry_component_state;sandbox\",\"action\":\"drop\"}");
        var values = List.of(KUBERNETES.resolve("values/monitoring.yaml"));
        var monitor = only(chart.objects(values, "sandbox.enabled=true"), "ServiceMonitor");
        assertThat(array(monitor.getAsJsonObject("spec"), "endpoints").getFirst().keySet())
                .doesNotContain("metricRelabelings");
    }

    @Test
    void the_network_policy_admits_the_addresses_that_use_a_load_balancer() throws IOException {
        var rule = "networkPolicy.extraIngress[0].";
        var objects =
                chart.objects(
                        List.of(),
                        "service.type=LoadBalancer",
                        rule + "from[0].ipBlock.cidr=203.0.113.0/24",
                        rule + "ports[0].port=8080");
        var policy = only(objects, "NetworkPolicy");
        Schemas.KINDS.get(kind(policy)).validate(policy);
        assertThat(array(policy.getAsJsonObject("spec"), "ingress").getLast())
                .hasToString(
                        "{\"from\":[{\"ipBlock\":{\"cidr\":\"203.0.113.0/24\"}}],\"ports\":[{\"port\":8080}]}");
    }

    @Test
    void bad_values_are_refused_with_a_sentence() {
        var refused = new LinkedHashMap<String, String>();
        refused.put("replicaz=2", "replicaz");
        refused.put("replicas=two", "integer");
        refused.put("replicas=2", "database");
        refused.put("settings.QIDE_DATABASE_URL=postgresql://u:p@h/d", "QIDE_DATABASE_URL");
        refused.put("settings.QIDE_LOG_LEVEL=LOUD", "QIDE_LOG_LEVEL");
        refused.put("settings.QIDE_LOGLEVEL=INFO", "QIDE_LOGLEVEL");
        refused.put("database.url=postgresql://u:p@h/d", "database");
        refused.put("ingress.enabled=true", "host");
        refused.put("ingress.enabled=true,ingress.host=ide.example", "trustedProxies");
        refused.put("ingress.prefix=q/", "prefix");
        refused.put("publicUrl=ide.example", "publicUrl");
        refused.put("service.type=LoadBalancer", "networkPolicy.extraIngress");
        refused.put("image.digest=latest", "digest");
        refused.put("resources.limits.memory=lots", "memory");
        refused.put("terminationGracePeriodSeconds=1", "terminationGracePeriodSeconds");
        refused.put("serviceMonitor.enabled=true", "tokenSecret");
        refused.put("workspaces.existingClaim=w,workspaces.directories[0].name=a,workspaces.directories[0].path=../b", "path");
        refused.put("workspaces.directories[0].name=a,workspaces.directories[0].path=b", "set workspaces.existingClaim");
        refused.put("login.existingSecret=l", "set publicUrl");
        refused.put("sandbox.enabled=true,sandbox.seccompProfile=", "sandbox.seccompProfile");
        refused.put("replicas=2,database.existingSecret=d,keys.existingSecret=k,workspaces.existingClaim=w", "workspaces.directories");
        refused.put("replicas=2,database.existingSecret=d,keys.existingSecret=k,settings.QIDE_FILES=directory", "existingClaim");
        refused.forEach((values, word) -> {
            var outcome = chart.call("template", "q", "CHART", "--set", values);
            assertThat(outcome.exitCode()).as("%s: %s", values, outcome.output()).isNotZero();
            assertThat(outcome.output()).as(values).contains(word);
        });
    }

    private static Set<String> settings() throws IOException {
        var text = Files.readString(SETTINGS);
        var settings = new TreeSet<String>();
        SETTING.matcher(text.substring(0, text.indexOf("private static")))
                .results()
                .forEach(found -> settings.add("QIDE_" + found.group(1)));
        assertThat(settings).hasSizeGreaterThan(20);
        return settings;
    }

    private static List<String> schemaSettings() throws IOException {
        var schema =
                JsonParser.parseString(Files.readString(CHART.resolve("values.schema.json")))
                        .getAsJsonObject();
        var names =
                schema.getAsJsonObject("properties")
                        .getAsJsonObject("settings")
                        .getAsJsonObject("propertyNames")
                        .getAsJsonArray("enum");
        return names.asList().stream().map(JsonElement::getAsString).toList();
    }

    private static List<Path> valueFiles() throws IOException {
        try (var files = Files.list(KUBERNETES.resolve("values"))) {
            return files.sorted().toList();
        }
    }

    private static String kind(JsonObject object) {
        return object.get("apiVersion").getAsString() + "/" + object.get("kind").getAsString();
    }

    private static JsonObject metadata(JsonObject object) {
        return object.getAsJsonObject("metadata");
    }

    private static JsonObject only(String set, String kind) {
        return only(sets.get(set), kind);
    }

    private static JsonObject only(List<JsonObject> objects, String kind) {
        var found =
                objects.stream()
                        .filter(object -> object.get("kind").getAsString().equals(kind))
                        .toList();
        assertThat(found).as(kind).hasSize(1);
        return found.getFirst();
    }

    private static JsonObject statefulSet(String set) {
        return only(set, "StatefulSet");
    }

    private static JsonObject pod(JsonObject statefulSet) {
        return statefulSet
                .getAsJsonObject("spec")
                .getAsJsonObject("template")
                .getAsJsonObject("spec");
    }

    private static JsonObject container(JsonObject statefulSet) {
        return array(pod(statefulSet), "containers").getFirst();
    }

    /// All pods of a set: the server's and that of `helm test`.
    private static List<JsonObject> pods(String set) {
        return List.of(pod(statefulSet(set)), only(set, "Pod").getAsJsonObject("spec"));
    }

    private static List<JsonObject> containers(JsonObject pod) {
        return Stream.concat(
                        array(pod, "containers").stream(), array(pod, "initContainers").stream())
                .toList();
    }

    private static List<JsonObject> variables(String set) {
        return array(container(statefulSet(set)), "env");
    }

    private static List<String> names(String set) {
        return variables(set).stream().map(it -> it.get("name").getAsString()).toList();
    }

    private static List<String> mountPaths(JsonObject statefulSet) {
        return array(container(statefulSet), "volumeMounts").stream()
                .map(mount -> mount.get("mountPath").getAsString())
                .toList();
    }

    private static String path(JsonObject container, String probe) {
        return container
                .getAsJsonObject(probe)
                .getAsJsonObject("httpGet")
                .get("path")
                .getAsString();
    }

    private static List<JsonObject> array(JsonObject object, String name) {
        var array = object.has(name) ? object.getAsJsonArray(name) : new JsonArray();
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .toList();
    }
}
