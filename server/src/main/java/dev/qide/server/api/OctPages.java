package dev.qide.server.api;

import dev.qide.server.oct.PendingLogins.Client;
import dev.qide.server.transport.HttpHandler.Answer;

/// The pages on which a person allows an editor with Open Collaboration Tools, or `qide login`, to
/// log in. They have no scripts, and every text is escaped.
final class OctPages {
    private static final String TITLE = "Log in to Q-IDE";

    private OctPages() {}

    /// Asks the person who is logged in.
    ///
    /// @param login the id of the editor's login
    /// @param csrf the token of the person's login, which a page of another site cannot read
    static Answer question(Client client, String name, String login, String csrf) {
        return AuthPages.withForm(
                200,
                TITLE,
                request(client, "<strong>" + AuthPages.escaped(name) + "</strong>")
                        + "<form method=\"post\" action=\"login\">"
                        + hidden("token", login)
                        + hidden("csrf", csrf)
                        + "<button>Allow</button></form>");
    }

    /// Names the client and what it asks for. Somebody else may have sent the person here.
    private static String request(Client client, String name) {
        return switch (client) {
            case EDITOR ->
                    "<h1>Allow an editor to log in?</h1><p>An editor asks to share and join rooms"
                            + " as "
                            + name
                            + ". Allow it only if you have just chosen <em>Collaborate</em> in"
                            + " your own editor.</p>";
            case COMMAND_LINE ->
                    "<h1>Allow a command line to log in?</h1><p>The command <code>qide login</code>"
                            + " asks to read and change your workspaces as "
                            + name
                            + ". Allow it only if you have just started it yourself.</p>";
        };
    }

    /// Asks a person without a login, or whose browser has not sent it, since another site led
    /// here.
    ///
    /// @param folder the path of the public URL, with a slash at both ends
    static Answer logInFirst(String folder, String login) {
        return AuthPages.withForm(
                200,
                TITLE,
                "<h1>Log in to Q-IDE</h1><p>If you are logged in to Q-IDE in this browser,"
                        + " continue. Otherwise log in first, then come back to this page.</p>"
                        + "<form action=\"login\">"
                        + hidden("token", login)
                        + "<button>Continue</button></form><a href=\""
                        + AuthPages.escaped(folder)
                        + "\" target=\"_blank\" rel=\"noopener\">Log in to Q-IDE</a>");
    }

    static Answer done(Client client, String tokenName) {
        return AuthPages.withForm(
                200,
                TITLE,
                "<h1>Done</h1><p>Return to your "
                        + (client == Client.EDITOR ? "editor" : "terminal")
                        + ". To withdraw its access, revoke the token <em>"
                        + tokenName
                        + "</em> in your account.</p>");
    }

    static Answer failure(int status, String sentence) {
        return AuthPages.withForm(
                status,
                TITLE,
                "<h1>The login failed</h1><p>" + AuthPages.escaped(sentence) + "</p>");
    }

    private static String hidden(String name, String value) {
        return "<input type=\"hidden\" name=\""
                + name
                + "\" value=\""
                + AuthPages.escaped(value)
                + "\">";
    }
}
