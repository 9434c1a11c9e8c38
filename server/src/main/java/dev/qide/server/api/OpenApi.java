package dev.qide.server.api;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.qide.server.identity.Action;
import dev.qide.wire.AccountDeletion;
import dev.qide.wire.AccountLink;
import dev.qide.wire.AccountList;
import dev.qide.wire.AuditPage;
import dev.qide.wire.FileList;
import dev.qide.wire.FormattingStyle;
import dev.qide.wire.InvitationCreated;
import dev.qide.wire.InvitationList;
import dev.qide.wire.JsonSchemas;
import dev.qide.wire.LocalModelsOnly;
import dev.qide.wire.LoginOptions;
import dev.qide.wire.LoginRequest;
import dev.qide.wire.Me;
import dev.qide.wire.MemberList;
import dev.qide.wire.MemberRole;
import dev.qide.wire.ModelKeyList;
import dev.qide.wire.ModelKeyValue;
import dev.qide.wire.ModelList;
import dev.qide.wire.NewAccount;
import dev.qide.wire.NewIncident;
import dev.qide.wire.NewIncidentUpdate;
import dev.qide.wire.NewInvitation;
import dev.qide.wire.NewName;
import dev.qide.wire.NewOrganisation;
import dev.qide.wire.NewOrganisationBudget;
import dev.qide.wire.NewShare;
import dev.qide.wire.NewToken;
import dev.qide.wire.NewWorkspace;
import dev.qide.wire.NodeList;
import dev.qide.wire.OrganisationBudgetList;
import dev.qide.wire.OrganisationList;
import dev.qide.wire.PathMatches;
import dev.qide.wire.SearchResult;
import dev.qide.wire.SessionList;
import dev.qide.wire.SettingList;
import dev.qide.wire.ShareCreated;
import dev.qide.wire.ShareList;
import dev.qide.wire.StatusReport;
import dev.qide.wire.TemplateList;
import dev.qide.wire.TextFormat;
import dev.qide.wire.Ticket;
import dev.qide.wire.TokenCreated;
import dev.qide.wire.TokenList;
import dev.qide.wire.UsageList;
import dev.qide.wire.WorkspaceCreated;
import dev.qide.wire.WorkspaceList;
import dev.qide.wire.ZipMerged;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// Describes a table of endpoints as an OpenAPI 3.1 document: paths, methods, variables,
/// credentials, and the JSON bodies that are records of `protocol/wire`.
///
/// Source: OpenAPI Specification 3.1.0.
final class OpenApi {
    private static final String WORKSPACE = "/api/workspaces/{ws}";
    private static final String ORGANISATION = "/api/organisations/{org}";
    private static final Pattern VARIABLE = Pattern.compile("\\{(\\w+)(…?)}");

    /// The records that requests and successful answers carry, by method and path template. An
    /// endpoint without an entry has no JSON body of ours.
    private static final Map<String, Class<? extends Record>> REQUESTS =
            Map.ofEntries(
                    Map.entry("POST /api/login", LoginRequest.class),
                    Map.entry("POST /api/incidents", NewIncident.class),
                    Map.entry("POST /api/incidents/{id}/updates", NewIncidentUpdate.class),
                    Map.entry("POST /api/accounts", NewAccount.class),
                    Map.entry("PATCH /api/me", NewName.class),
                    Map.entry("DELETE /api/me", AccountDeletion.class),
                    Map.entry("POST /api/me/tokens", NewToken.class),
                    Map.entry("PUT /api/me/model-keys/{model…}", ModelKeyValue.class),
                    Map.entry("POST /api/organisations", NewOrganisation.class),
                    Map.entry("PUT " + ORGANISATION + "/members/{person}", MemberRole.class),
                    Map.entry("POST " + ORGANISATION + "/invitations", NewInvitation.class),
                    Map.entry("POST " + ORGANISATION + "/workspaces", NewWorkspace.class),
                    Map.entry("PUT " + ORGANISATION + "/model-keys/{model…}", ModelKeyValue.class),
                    Map.entry(
                            "PUT " + ORGANISATION + "/budgets/{period}",
                            NewOrganisationBudget.class),
                    Map.entry("POST /api/workspaces", NewWorkspace.class),
                    Map.entry("PUT " + WORKSPACE + "/members/{person}", MemberRole.class),
                    Map.entry("POST " + WORKSPACE + "/shares", NewShare.class));

    private static final Map<String, Class<? extends Record>> ANSWERS =
            Map.ofEntries(
                    Map.entry("GET /api/status", StatusReport.class),
                    Map.entry("GET /api/nodes", NodeList.class),
                    Map.entry("GET /api/login", LoginOptions.class),
                    Map.entry("POST /api/accounts", AccountLink.class),
                    Map.entry("POST /api/ticket", Ticket.class),
                    Map.entry("GET /api/me", Me.class),
                    Map.entry("PATCH /api/me", Me.class),
                    Map.entry("GET /api/accounts", AccountList.class),
                    Map.entry("GET /api/audit", AuditPage.class),
                    Map.entry("GET /api/me/settings", SettingList.class),
                    Map.entry("GET /api/me/tokens", TokenList.class),
                    Map.entry("POST /api/me/tokens", TokenCreated.class),
                    Map.entry("GET /api/me/sessions", SessionList.class),
                    Map.entry("GET /api/me/model-keys", ModelKeyList.class),
                    Map.entry("GET /api/organisations", OrganisationList.class),
                    Map.entry("GET " + ORGANISATION + "/members", MemberList.class),
                    Map.entry("GET " + ORGANISATION + "/invitations", InvitationList.class),
                    Map.entry("POST " + ORGANISATION + "/invitations", InvitationCreated.class),
                    Map.entry("POST " + ORGANISATION + "/workspaces", WorkspaceCreated.class),
                    Map.entry("GET " + ORGANISATION + "/model-keys", ModelKeyList.class),
                    Map.entry("GET " + ORGANISATION + "/budgets", OrganisationBudgetList.class),
                    Map.entry("GET " + ORGANISATION + "/usage", UsageList.class),
                    Map.entry("GET /api/workspaces", WorkspaceList.class),
                    Map.entry("POST /api/workspaces", WorkspaceCreated.class),
                    Map.entry("GET /api/templates", TemplateList.class),
                    Map.entry("GET " + WORKSPACE + "/members", MemberList.class),
                    Map.entry("GET " + WORKSPACE + "/shares", ShareList.class),
                    Map.entry("POST " + WORKSPACE + "/shares", ShareCreated.class),
                    Map.entry("POST " + WORKSPACE + "/zip", ZipMerged.class),
                    Map.entry("GET " + WORKSPACE + "/files", FileList.class),
                    Map.entry("GET " + WORKSPACE + "/style", FormattingStyle.class),
                    Map.entry("GET " + WORKSPACE + "/text-format", TextFormat.class),
                    Map.entry("GET " + WORKSPACE + "/search", SearchResult.class),
                    Map.entry("GET " + WORKSPACE + "/paths", PathMatches.class),
                    Map.entry("GET " + WORKSPACE + "/local-models-only", LocalModelsOnly.class),
                    Map.entry("GET /api/models", ModelList.class),
                    Map.entry("GET /api/usage", UsageList.class));

    private final JsonSchemas schemas = new JsonSchemas();
    private final JsonObject paths = new JsonObject();

    private OpenApi() {}

    /// The document, as JSON.
    ///
    /// @throws IllegalStateException when a body belongs to no endpoint of the table
    static String of(List<Route> table) {
        var document = new OpenApi();
        var unused = new HashMap<>(REQUESTS);
        unused.putAll(ANSWERS);
        for (var route : table) {
            unused.remove(document.add(route));
        }
        if (!unused.isEmpty()) {
            throw new IllegalStateException("bodies without an endpoint: " + unused.keySet());
        }
        return document.json().toString();
    }

    private JsonObject json() {
        var info = object("title", "Q-IDE");
        info.addProperty("version", "0.1");
        info.addProperty(
                "description",
                "The HTTP API. WebSocket endpoints and rules that hold for all endpoints are in"
                        + " docs/protocol.md and docs/http-api.md.");
        var document = object("openapi", "3.1.0");
        document.add("info", info);
        document.add("paths", paths);
        var components = new JsonObject();
        var credentials = new JsonObject();
        var bearer = object("type", "http");
        bearer.addProperty("scheme", "bearer");
        var cookie = object("type", "apiKey");
        cookie.addProperty("in", "cookie");
        cookie.addProperty("name", Cookies.NAME);
        credentials.add("token", bearer);
        credentials.add("cookie", cookie);
        components.add("securitySchemes", credentials);
        components.add("schemas", schemas.all());
        document.add("components", components);
        return document;
    }

    /// @return the route's key in the tables of bodies
    private String add(Route route) {
        var template = route.pathTemplate().text();
        var key = route.method() + " " + template;
        var path = VARIABLE.matcher(template).replaceAll("{$1}");
        if (!paths.has(path)) {
            paths.add(path, new JsonObject());
        }
        paths.getAsJsonObject(path)
                .add(route.method().toLowerCase(Locale.ROOT), operation(route, key));
        return key;
    }

    private JsonObject operation(Route route, String key) {
        var template = route.pathTemplate().text();
        var operation = object("operationId", key.replaceAll("\\W+", "_").replaceAll("_$", ""));
        operation.addProperty("description", "Needs permission for " + route.action() + ".");
        operation.add("security", security(route.action()));
        operation.add("parameters", variables(template));
        var request = REQUESTS.get(key);
        if (request != null) {
            var body = new JsonObject();
            body.addProperty("required", true);
            body.add("content", content(schemas.reference(request)));
            operation.add("requestBody", body);
        }
        var success = object("description", "Success");
        var answer = ANSWERS.get(key);
        if (answer != null) {
            success.add("content", content(schemas.reference(answer)));
        }
        var responses = new JsonObject();
        responses.add("2XX", success);
        var failure = object("description", "A failure");
        // These have the formats of their clients.
        if (!template.startsWith("/v1/") && !OctEndpoints.isBelow(template)) {
            failure.add("content", content(schemas.failure()));
        }
        responses.add("default", failure);
        operation.add("responses", responses);
        return operation;
    }

    private static JsonArray security(Action action) {
        var security = new JsonArray();
        if (action != Action.USE_PUBLIC_PAGES) {
            for (var scheme : List.of("token", "cookie")) {
                var one = new JsonObject();
                one.add(scheme, new JsonArray());
                security.add(one);
            }
        }
        return security;
    }

    private static JsonArray variables(String template) {
        var parameters = new JsonArray();
        VARIABLE.matcher(template)
                .results()
                .forEach(found -> {
                    var parameter = object("name", found.group(1));
                    parameter.addProperty("in", "path");
                    parameter.addProperty("required", true);
                    if (!found.group(2).isEmpty()) {
                        parameter.addProperty("description", "May contain slashes, unescaped.");
                    }
                    parameter.add("schema", object("type", "string"));
                    parameters.add(parameter);
                });
        return parameters;
    }

    private static JsonObject content(JsonObject schema) {
        var media = new JsonObject();
        media.add("schema", schema);
        var content = new JsonObject();
        content.add("application/json", media);
        return content;
    }

    private static JsonObject object(String name, String value) {
        var object = new JsonObject();
        object.addProperty(name, value);
        return object;
    }
}
