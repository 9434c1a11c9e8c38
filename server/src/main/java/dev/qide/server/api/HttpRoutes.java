package dev.qide.server.api;

import static dev.qide.server.api.Route.of;

import dev.qide.server.files.TextSearch;
import dev.qide.server.files.ZipExport;
import dev.qide.server.files.ZipImport;
import dev.qide.server.identity.Action;
import dev.qide.server.limits.PerPrincipalLimit;
import java.util.List;
import java.util.stream.Stream;

/// The table of the HTTP endpoints, matched from top to bottom: every method and path with the
/// [Action] that its use is. A path that is not in it is answered with 404, a known path with
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
            HttpEndpoints.Handler page) {}

    static List<Route> table(Basics basics, Api.Resources resources) {
        return Stream.of(
                        entrance(basics),
                        person(basics, resources.people()),
                        organisations(resources.organisations(), resources),
                        workspaces(resources),
                        files(resources),
                        models(resources.models()),
                        List.of(mcp(basics.login(), resources.workspaces().mcp())),
                        List.of(of("GET", "/{path…}", Action.USE_PUBLIC_PAGES, basics.page())))
                .flatMap(List::stream)
                .toList();
    }

    private static List<Route> entrance(Basics basics) {
        var health = basics.health();
        var login = basics.login();
        var auth = basics.auth();
        return List.of(
                of("GET", "/health", Action.USE_PUBLIC_PAGES, health::health),
                of("GET", "/ready", Action.USE_PUBLIC_PAGES, health::ready),
                of("GET", "/metrics", Action.OBSERVE, health::metrics),
                of("POST", "/api/login", Action.USE_PUBLIC_PAGES, login::login),
                of("GET", "/api/login", Action.USE_PUBLIC_PAGES, auth::options),
                of("GET", "/auth", Action.USE_PUBLIC_PAGES, auth::choice),
                of("GET", "/auth/{id}", Action.USE_PUBLIC_PAGES, auth::begin),
                of("GET", "/auth/{id}/callback", Action.USE_PUBLIC_PAGES, auth::end),
                of("POST", "/api/logout", Action.USE_PUBLIC_PAGES, login::logout),
                of("GET", "/w/{ws}", Action.USE_PUBLIC_PAGES, PageLinks::redirect),
                of("GET", "/w/{ws}/{path…}", Action.USE_PUBLIC_PAGES, PageLinks::redirect));
    }

    private static List<Route> person(Basics basics, PersonEndpoints people) {
        var account = people.account();
        return List.of(
                of("POST", "/api/accounts", Action.USE_ACCOUNT, basics.auth()::link),
                of("POST", "/api/ticket", Action.USE_ACCOUNT, basics.login()::ticket),
                of("GET", "/api/me", Action.USE_ACCOUNT, people::me),
                of("PATCH", "/api/me", Action.CHANGE_ACCOUNT, people::rename),
                of("DELETE", "/api/me", Action.MANAGE_CREDENTIALS, account::delete),
                of("GET", "/api/me/export", Action.MANAGE_CREDENTIALS, account::export),
                of("GET", "/api/accounts", Action.MANAGE_CREDENTIALS, account::accounts),
                of("GET", "/api/audit", Action.READ_AUDIT, people.audit()::find),
                of("GET", "/api/me/settings", Action.CHANGE_ACCOUNT, people::settings).compressed(),
                of("GET", SETTING, Action.CHANGE_ACCOUNT, people::setting),
                of("PUT", SETTING, Action.CHANGE_ACCOUNT, people::store),
                of("DELETE", SETTING, Action.CHANGE_ACCOUNT, people::delete),
                of("GET", TOKENS, Action.MANAGE_CREDENTIALS, account::tokens),
                of("POST", TOKENS, Action.MANAGE_CREDENTIALS, account::createToken),
                of("DELETE", TOKENS + "/{id}", Action.MANAGE_CREDENTIALS, account::revokeToken),
                of("GET", SESSIONS, Action.MANAGE_CREDENTIALS, account::sessions),
                of(
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
                of("GET", "/api/workspaces", Action.LIST, workspaces::list).compressed(),
                of("POST", "/api/workspaces", Action.CREATE_WORKSPACE, workspaces::create)
                        .limitedBy(imports),
                of("GET", "/api/templates", Action.LIST, workspaces::templates).compressed(),
                of("DELETE", WORKSPACE, Action.MANAGE_WORKSPACE, workspaces::delete),
                of("PUT", TRUST, Action.TRUST_WORKSPACE, workspaces::giveTrust),
                of("DELETE", TRUST, Action.TRUST_WORKSPACE, workspaces::withdrawTrust),
                of("GET", SHARES, Action.MANAGE_WORKSPACE, shares::list),
                of("POST", SHARES, Action.MANAGE_WORKSPACE, shares::create),
                of("DELETE", SHARES + "/{id}", Action.MANAGE_WORKSPACE, shares::revoke),
                of(
                                "POST",
                                WORKSPACE + "/zip",
                                Action.EDIT_WORKSPACE,
                                resources.workspaces().zip()::merge)
                        .limitedBy(imports));
    }

    private static List<Route> organisations(
            OrganisationEndpoints organisations, Api.Resources resources) {
        var workspaces = resources.workspaces().workspaces();
        return List.of(
                of("GET", "/api/organisations", Action.LIST, organisations::list),
                of("POST", "/api/organisations", Action.CREATE_ORGANISATION, organisations::create),
                of("GET", MEMBERS, Action.READ_ORGANISATION, organisations::members),
                of("PUT", MEMBERS + PERSON, Action.MANAGE_MEMBERS, organisations::setRole),
                of("DELETE", MEMBERS + PERSON, Action.MANAGE_MEMBERS, organisations::remove),
                of("GET", INVITATIONS, Action.MANAGE_MEMBERS, organisations::invitations),
                of("POST", INVITATIONS, Action.MANAGE_MEMBERS, organisations::invite),
                of("DELETE", INVITATIONS + "/{id}", Action.MANAGE_MEMBERS, organisations::withdraw),
                of(
                        "POST",
                        ORGANISATION + "/workspaces",
                        Action.CREATE_WORKSPACE,
                        workspaces::create),
                of(
                        "GET",
                        WORKSPACE + "/members",
                        Action.MANAGE_WORKSPACE,
                        organisations::workspaceMembers),
                of(
                        "PUT",
                        WORKSPACE + "/members" + PERSON,
                        Action.MANAGE_WORKSPACE,
                        organisations::setWorkspaceRole),
                of(
                        "DELETE",
                        WORKSPACE + "/members" + PERSON,
                        Action.MANAGE_WORKSPACE,
                        organisations::removeFromWorkspace));
    }

    private static List<Route> files(Api.Resources resources) {
        var files = resources.workspaces().files();
        var tree = resources.workspaces().tree();
        var search = resources.workspaces().search();
        // One slot of each kind is always left for other people.
        var searches = new PerPrincipalLimit(TextSearch.SEARCHES_AT_ONCE - 1);
        var exports = new PerPrincipalLimit(ZipExport.EXPORTS_AT_ONCE - 1);
        return List.of(
                of("GET", WORKSPACE + "/files", Action.READ_WORKSPACE, files::list).compressed(),
                of("GET", FILE, Action.READ_WORKSPACE, files::read),
                of("GET", WORKSPACE + "/external", Action.READ_WORKSPACE, files::external),
                of("GET", WORKSPACE + "/style", Action.READ_WORKSPACE, files::style),
                of("PUT", FILE, Action.EDIT_WORKSPACE, files::write),
                of("DELETE", FILE, Action.EDIT_WORKSPACE, tree::delete),
                of("POST", FILE, Action.EDIT_WORKSPACE, tree::change),
                of(
                                "GET",
                                WORKSPACE + "/zip",
                                Action.READ_WORKSPACE,
                                resources.workspaces().zip()::download)
                        .limitedBy(exports),
                of("GET", WORKSPACE + "/search", Action.READ_WORKSPACE, search::find)
                        .limitedBy(searches)
                        .compressed(),
                of("GET", WORKSPACE + "/paths", Action.READ_WORKSPACE, search::paths).compressed());
    }

    /// The protocol demands the check of the origin, whatever the credential.
    private static Route mcp(LoginEndpoints login, McpEndpoint mcp) {
        return of(
                "POST",
                "/mcp/{ws}",
                Action.READ_WORKSPACE,
                exchange -> {
                    login.requireOrigin(exchange);
                    return mcp.answer(exchange);
                });
    }

    private static List<Route> models(ModelEndpoints models) {
        var calls = new PerPrincipalLimit(MODEL_CALLS_AT_ONCE);
        return List.of(
                of("GET", "/api/usage", Action.CALL_MODELS, models::usage),
                of("GET", "/v1/models", Action.CALL_MODELS, models::list),
                of("GET", "/v1/models/{model}", Action.CALL_MODELS, models::one),
                of("POST", "/v1/chat/completions", Action.CALL_MODELS, models::chat)
                        .limitedBy(calls),
                of("POST", "/v1/completions", Action.CALL_MODELS, models::legacy).limitedBy(calls),
                of("POST", "/v1/messages", Action.CALL_MODELS, models::messages).limitedBy(calls),
                of("POST", "/v1/messages/count_tokens", Action.CALL_MODELS, models::countTokens)
                        .limitedBy(calls));
    }
}
