package dev.qide.server.api;

import dev.qide.server.files.ZipExport;
import dev.qide.server.files.ZipImport;
import dev.qide.server.identity.Action;
import dev.qide.server.limits.PerPrincipalLimit;
import dev.qide.server.transport.HttpHandler;
import java.util.List;
import java.util.stream.Stream;

/// The table of the HTTP endpoints, matched from top to bottom: every method and path with the
/// [Action] that it requires. A path that is not in it is answered with 404, a known path with
/// another method with 405.
final class HttpRoutes {
    private static final String WORKSPACE = "/api/workspaces/{ws}";
    private static final String ORGANISATION = "/api/organisations/{org}";
    private static final String MEMBERS = ORGANISATION + "/members";
    private static final String PERSON = "/{person}";
    private static final String INVITATIONS = ORGANISATION + "/invitations";
    private static final String TRUST = WORKSPACE + "/trust";
    private static final String SHARES = WORKSPACE + "/shares";
    private static final String FILE = WORKSPACE + "/files/{path…}";
    private static final String SETTING = "/api/me/settings/{name…}";

    private static final String MODEL = "/api/models/{model…}";
    private static final String KEYS = "/api/me/model-keys";
    private static final String ORGANISATION_KEYS = ORGANISATION + "/model-keys";
    private static final String KEY = "/{model…}";
    private static final String BUDGETS = ORGANISATION + "/budgets";
    private static final String LOCAL_ONLY = WORKSPACE + "/local-models-only";
    private static final String INCIDENTS = "/api/incidents";
    private static final String TOKENS = "/api/me/tokens";
    private static final String SESSIONS = "/api/me/sessions";

    /// The requests of the model APIs that one person may have at once.
    private static final int MODEL_CALLS_AT_ONCE = 64;

    private HttpRoutes() {}

    /// The endpoints that are there without a resource of their own.
    ///
    /// @param page answers a path of no other row: the browser IDE
    record Basics(
            HealthEndpoints health,
            LoginEndpoints login,
            AuthEndpoints auth,
            OctEndpoints oct,
            HttpEndpoints.Handler page) {}

    static List<Route> table(Basics basics, Api.Resources resources) {
        var described =
                Stream.of(
                                entrance(basics),
                                status(resources.status()),
                                nodes(resources.nodes()),
                                person(basics, resources.people()),
                                organisations(resources.organisations(), resources),
                                workspaces(resources),
                                files(resources),
                                models(resources.models().calls()),
                                modelAdministration(resources.models().administration()),
                                budgets(resources.models().budgets()),
                                basics.oct().routes(),
                                List.of(mcp(basics.login(), resources.workspaces().mcp())))
                        .flatMap(List::stream)
                        .toList();
        return Stream.concat(
                        described.stream(),
                        Stream.of(
                                description(described),
                                Route.of(
                                        "GET", "/{path…}", Action.USE_PUBLIC_PAGES, basics.page())))
                .toList();
    }

    /// Answers with the description of all endpoints, itself included.
    private static Route description(List<Route> described) {
        var path = "/api/openapi.json";
        var itself =
                Route.of("GET", path, Action.USE_PUBLIC_PAGES, _ -> HttpHandler.Answer.empty(204));
        var json = OpenApi.of(Stream.concat(described.stream(), Stream.of(itself)).toList());
        return Route.of(
                        "GET",
                        path,
                        Action.USE_PUBLIC_PAGES,
                        _ -> HttpHandler.Answer.json(200, json))
                .compressed();
    }

    private static List<Route> entrance(Basics basics) {
        var health = basics.health();
        var login = basics.login();
        var auth = basics.auth();
        return List.of(
                Route.of("GET", HealthEndpoints.HEALTH, Action.USE_PUBLIC_PAGES, health::health),
                Route.of("GET", HealthEndpoints.READY, Action.USE_PUBLIC_PAGES, health::ready),
                Route.of("GET", HealthEndpoints.METRICS, Action.OBSERVE, health::metrics),
                Route.of("POST", "/api/login", Action.USE_PUBLIC_PAGES, login::login),
                Route.of("GET", "/api/login", Action.USE_PUBLIC_PAGES, auth::options),
                Route.of("GET", "/auth", Action.USE_PUBLIC_PAGES, auth::choice),
                Route.of("GET", "/auth/{id}", Action.USE_PUBLIC_PAGES, auth::begin),
                Route.of("GET", "/auth/{id}/callback", Action.USE_PUBLIC_PAGES, auth::end),
                Route.of("POST", "/api/logout", Action.USE_PUBLIC_PAGES, login::logout),
                Route.of("GET", "/w/{ws}", Action.USE_PUBLIC_PAGES, PageLinks::redirect),
                Route.of("GET", "/w/{ws}/{path…}", Action.USE_PUBLIC_PAGES, PageLinks::redirect));
    }

    private static List<Route> status(StatusEndpoints status) {
        return List.of(
                Route.of("GET", "/status", Action.USE_PUBLIC_PAGES, status::page).compressed(),
                Route.of("GET", "/status.atom", Action.USE_PUBLIC_PAGES, status::feed),
                Route.of("GET", "/api/status", Action.USE_PUBLIC_PAGES, status::report)
                        .compressed(),
                Route.of("POST", INCIDENTS, Action.MANAGE_INCIDENTS, status::create),
                Route.of("POST", INCIDENTS + "/{id}/updates", Action.MANAGE_INCIDENTS, status::add),
                Route.of("DELETE", INCIDENTS + "/{id}", Action.MANAGE_INCIDENTS, status::delete));
    }

    private static List<Route> nodes(NodeEndpoints nodes) {
        return List.of(Route.of("GET", "/api/nodes", Action.READ_NODES, nodes::list).compressed());
    }

    private static List<Route> person(Basics basics, PersonEndpoints people) {
        var account = people.account();
        return List.of(
                Route.of(
                        "POST",
                        "/api/accounts",
                        Action.MANAGE_CREDENTIALS,
                        exchange -> {
                            account.requireManagement(exchange.requiredPrincipal());
                            return basics.auth().link(exchange);
                        }),
                Route.of("POST", "/api/ticket", Action.USE_ACCOUNT, basics.login()::ticket),
                Route.of("GET", "/api/me", Action.USE_ACCOUNT, people::me),
                Route.of("PATCH", "/api/me", Action.CHANGE_ACCOUNT, people::rename),
                Route.of("DELETE", "/api/me", Action.MANAGE_CREDENTIALS, account::delete),
                Route.of("GET", "/api/me/export", Action.MANAGE_CREDENTIALS, account::export),
                Route.of("GET", "/api/accounts", Action.MANAGE_CREDENTIALS, account::accounts),
                Route.of("GET", "/api/audit", Action.READ_AUDIT, people.audit()::find),
                Route.of("GET", "/api/me/settings", Action.CHANGE_ACCOUNT, people::settings)
                        .compressed(),
                Route.of("GET", SETTING, Action.CHANGE_ACCOUNT, people::setting),
                Route.of("PUT", SETTING, Action.CHANGE_ACCOUNT, people::store),
                Route.of("DELETE", SETTING, Action.CHANGE_ACCOUNT, people::delete),
                Route.of("GET", TOKENS, Action.MANAGE_CREDENTIALS, account::tokens),
                Route.of("POST", TOKENS, Action.MANAGE_CREDENTIALS, account::createToken),
                Route.of(
                        "DELETE",
                        TOKENS + "/{id}",
                        Action.MANAGE_CREDENTIALS,
                        account::revokeToken),
                Route.of("GET", SESSIONS, Action.MANAGE_CREDENTIALS, account::sessions),
                Route.of(
                        "DELETE",
                        SESSIONS + "/{id}",
                        Action.MANAGE_CREDENTIALS,
                        account::revokeSession));
    }

    private static List<Route> workspaces(Api.Resources resources) {
        var workspaces = resources.workspaces().workspaces();
        var shares = resources.workspaces().shares();
        var imports = new PerPrincipalLimit(ZipImport.IMPORTS_AT_ONCE - 1);
        return List.of(
                Route.of("GET", "/api/workspaces", Action.LIST, workspaces::list).compressed(),
                Route.of("POST", "/api/workspaces", Action.CREATE_WORKSPACE, workspaces::create)
                        .limitedBy(imports),
                Route.of("GET", "/api/templates", Action.LIST, workspaces::templates).compressed(),
                Route.of("DELETE", WORKSPACE, Action.MANAGE_WORKSPACE, workspaces::delete),
                Route.of("PUT", TRUST, Action.TRUST_WORKSPACE, workspaces::grantTrust),
                Route.of("DELETE", TRUST, Action.TRUST_WORKSPACE, workspaces::withdrawTrust),
                Route.of("GET", SHARES, Action.MANAGE_WORKSPACE, shares::list),
                Route.of("POST", SHARES, Action.MANAGE_WORKSPACE, shares::create),
                Route.of("DELETE", SHARES + "/{id}", Action.MANAGE_WORKSPACE, shares::revoke),
                Route.of(
                                "POST",
                                WORKSPACE + "/zip",
                                Action.EDIT_WORKSPACE,
                                resources.workspaces().zip()::merge)
                        .limitedBy(imports));
    }

    private static List<Route> organisations(
            OrganisationEndpoints organisations, Api.Resources resources) {
        var workspaces = resources.workspaces().workspaces();
        var account = resources.people().account();
        return List.of(
                Route.of("GET", "/api/organisations", Action.LIST, organisations::list),
                Route.of(
                        "POST",
                        "/api/organisations",
                        Action.CREATE_ORGANISATION,
                        organisations::create),
                Route.of("GET", MEMBERS, Action.READ_ORGANISATION, organisations::members),
                Route.of(
                        "DELETE",
                        MEMBERS + "/me",
                        Action.LEAVE_ORGANISATION,
                        exchange -> {
                            account.requireManagement(exchange.requiredPrincipal());
                            return organisations.leave(exchange);
                        }),
                Route.of("PUT", MEMBERS + PERSON, Action.MANAGE_MEMBERS, organisations::setRole),
                Route.of("DELETE", MEMBERS + PERSON, Action.MANAGE_MEMBERS, organisations::remove),
                Route.of("GET", INVITATIONS, Action.MANAGE_MEMBERS, organisations::invitations),
                Route.of("POST", INVITATIONS, Action.MANAGE_MEMBERS, organisations::invite),
                Route.of(
                        "DELETE",
                        INVITATIONS + "/{id}",
                        Action.MANAGE_MEMBERS,
                        organisations::withdraw),
                Route.of(
                        "POST",
                        ORGANISATION + "/workspaces",
                        Action.CREATE_WORKSPACE,
                        workspaces::create),
                Route.of(
                        "GET",
                        WORKSPACE + "/members",
                        Action.MANAGE_WORKSPACE,
                        organisations::workspaceMembers),
                Route.of(
                        "PUT",
                        WORKSPACE + "/members" + PERSON,
                        Action.MANAGE_WORKSPACE_MEMBERS,
                        organisations::setWorkspaceRole),
                Route.of(
                        "DELETE",
                        WORKSPACE + "/members" + PERSON,
                        Action.MANAGE_WORKSPACE_MEMBERS,
                        organisations::removeFromWorkspace));
    }

    private static List<Route> files(Api.Resources resources) {
        var files = resources.workspaces().files();
        var tree = resources.workspaces().tree();
        var search = resources.workspaces().search();
        // One slot of each kind is always left for other people.
        var exports = new PerPrincipalLimit(ZipExport.EXPORTS_AT_ONCE - 1);
        return List.of(
                Route.of("GET", WORKSPACE + "/files", Action.READ_WORKSPACE, files::list)
                        .compressed(),
                Route.of("GET", FILE, Action.READ_WORKSPACE, files::read),
                Route.of("GET", WORKSPACE + "/external", Action.READ_WORKSPACE, files::external),
                Route.of("GET", WORKSPACE + "/style", Action.READ_WORKSPACE, files::style),
                Route.of(
                        "GET",
                        WORKSPACE + "/text-format",
                        Action.READ_WORKSPACE,
                        files::textFormat),
                Route.of("PUT", FILE, Action.EDIT_WORKSPACE, files::write),
                Route.of("DELETE", FILE, Action.EDIT_WORKSPACE, tree::delete),
                Route.of("POST", FILE, Action.EDIT_WORKSPACE, tree::change),
                Route.of(
                                "GET",
                                WORKSPACE + "/zip",
                                Action.READ_WORKSPACE,
                                resources.workspaces().zip()::download)
                        .limitedBy(exports),
                Route.of("GET", WORKSPACE + "/search", Action.READ_WORKSPACE, search::find)
                        .limitedBy(search.ofOnePerson())
                        .compressed(),
                Route.of("GET", WORKSPACE + "/paths", Action.READ_WORKSPACE, search::paths)
                        .compressed());
    }

    /// The protocol demands the check of the origin, whatever the credential.
    private static Route mcp(LoginEndpoints login, McpEndpoint mcp) {
        return Route.of(
                "POST",
                "/mcp/{ws}",
                Action.READ_WORKSPACE,
                exchange -> {
                    login.requireOrigin(exchange);
                    return mcp.answer(exchange);
                });
    }

    private static List<Route> modelAdministration(ModelAdminEndpoints models) {
        return List.of(
                Route.of("GET", "/api/models", Action.MANAGE_MODELS, models::list),
                Route.of("PUT", MODEL, Action.MANAGE_MODELS, models::put),
                Route.of("DELETE", MODEL, Action.MANAGE_MODELS, models::delete),
                Route.of("GET", KEYS, Action.MANAGE_CREDENTIALS, models::ownKeys),
                Route.of("PUT", KEYS + KEY, Action.MANAGE_CREDENTIALS, models::setOwnKey),
                Route.of("DELETE", KEYS + KEY, Action.MANAGE_CREDENTIALS, models::deleteOwnKey),
                Route.of(
                        "GET",
                        ORGANISATION_KEYS,
                        Action.MANAGE_MODEL_KEYS,
                        models::organisationKeys),
                Route.of(
                        "PUT",
                        ORGANISATION_KEYS + KEY,
                        Action.MANAGE_MODEL_KEYS,
                        models::setOrganisationKey),
                Route.of(
                        "DELETE",
                        ORGANISATION_KEYS + KEY,
                        Action.MANAGE_MODEL_KEYS,
                        models::deleteOrganisationKey),
                Route.of("GET", LOCAL_ONLY, Action.READ_WORKSPACE, models::localOnly),
                Route.of("PUT", LOCAL_ONLY, Action.MANAGE_WORKSPACE, models::requireLocal),
                Route.of("DELETE", LOCAL_ONLY, Action.MANAGE_WORKSPACE, models::allowAll));
    }

    private static List<Route> budgets(BudgetEndpoints budgets) {
        return List.of(
                Route.of("GET", BUDGETS, Action.MANAGE_BUDGETS, budgets::list),
                Route.of("PUT", BUDGETS + "/{period}", Action.MANAGE_BUDGETS, budgets::set),
                Route.of("DELETE", BUDGETS + "/{period}", Action.MANAGE_BUDGETS, budgets::delete),
                Route.of("GET", ORGANISATION + "/usage", Action.MANAGE_BUDGETS, budgets::usage)
                        .compressed());
    }

    private static List<Route> models(ModelEndpoints models) {
        var calls = new PerPrincipalLimit(MODEL_CALLS_AT_ONCE);
        return List.of(
                Route.of("GET", "/api/usage", Action.CALL_MODELS, models::usage),
                Route.of("GET", "/v1/models", Action.CALL_MODELS, models::list),
                Route.of("GET", "/v1/models/{model…}", Action.CALL_MODELS, models::one),
                Route.of("POST", "/v1/chat/completions", Action.CALL_MODELS, models::chat)
                        .limitedBy(calls),
                Route.of("POST", "/v1/responses", Action.CALL_MODELS, models::responses)
                        .limitedBy(calls),
                Route.of("POST", "/v1/completions", Action.CALL_MODELS, models::legacy)
                        .limitedBy(calls),
                Route.of("POST", "/v1/messages", Action.CALL_MODELS, models::messages)
                        .limitedBy(calls),
                Route.of(
                                "POST",
                                "/v1/messages/count_tokens",
                                Action.CALL_MODELS,
                                models::countTokens)
                        .limitedBy(calls));
    }
}
