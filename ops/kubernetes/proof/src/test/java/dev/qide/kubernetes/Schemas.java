package dev.qide.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Ingress;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The schemas of the objects that the chart may have.
final class Schemas {
    /// The members of a ServiceMonitor that the chart may use, of Prometheus operator's definition.
    private static final Map<String, Set<String>> SERVICE_MONITOR =
            Map.of(
                    "spec", Set.of("selector", "namespaceSelector", "endpoints"),
                    "endpoint",
                            Set.of(
                                    "port",
                                    "path",
                                    "scheme",
                                    "interval",
                                    "tlsConfig",
                                    "authorization",
                                    "relabelings",
                                    "metricRelabelings"));

    /// Checks an object against the schema of its kind; unknown and missing members are refused.
    interface Schema {
        void validate(JsonElement object) throws IOException;
    }

    /// The schema of each kind of object that the chart may have, by version and kind.
    static final Map<String, Schema> KINDS =
            Map.of(
                    "v1/ConfigMap", V1ConfigMap::validateJsonElement,
                    "v1/Pod", V1Pod::validateJsonElement,
                    "v1/Service", V1Service::validateJsonElement,
                    "v1/ServiceAccount", V1ServiceAccount::validateJsonElement,
                    "apps/v1/StatefulSet", V1StatefulSet::validateJsonElement,
                    "policy/v1/PodDisruptionBudget", V1PodDisruptionBudget::validateJsonElement,
                    "networking.k8s.io/v1/Ingress", V1Ingress::validateJsonElement,
                    "networking.k8s.io/v1/NetworkPolicy", V1NetworkPolicy::validateJsonElement,
                    "monitoring.coreos.com/v1/ServiceMonitor", Schemas::checkServiceMonitor);

    private Schemas() {}

    /// Prometheus operator's definition is not a part of the Kubernetes API.
    static void checkServiceMonitor(JsonElement element) {
        var spec = element.getAsJsonObject().getAsJsonObject("spec");
        assertThat(SERVICE_MONITOR.get("spec")).containsAll(spec.keySet());
        assertThat(endpoints(spec)).isNotEmpty().allSatisfy(endpoint -> {
            assertThat(SERVICE_MONITOR.get("endpoint")).containsAll(endpoint.keySet());
            var credentials = endpoint.getAsJsonObject("authorization").getAsJsonObject("credentials");
            assertThat(credentials.get("name").getAsString()).isNotEmpty();
            assertThat(credentials.get("key").getAsString()).isNotEmpty();
        });
    }

    private static List<JsonObject> endpoints(JsonObject spec) {
        return spec.getAsJsonArray("endpoints").asList().stream()
                .map(JsonElement::getAsJsonObject)
                .toList();
    }
}
