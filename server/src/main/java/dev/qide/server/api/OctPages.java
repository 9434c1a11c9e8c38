package dev.qide.server.api;

import dev.qide.server.transport.HttpHandler.Answer;

/// The pages on which a person allows an editor with Open Collaboration Tools to log in. They have
/// no scripts, and every text is escaped.
final class OctPages {
    private OctPages() {}

    /// Asks the person who is logged in.
    ///
    /// @param login the id of the editor's login
    /// @param csrf the token of the person's login, which a page of another site cannot read
    static Answer question(String name, String login, String csrf) {
        return AuthPages.withForm(
                200,
                "Log in an editor",
                "<h1>Log in an editor?</h1><p>An editor asks to share and join rooms as <strong>"
                        + AuthPages.escaped(name)
                        + "</strong>. Allow it only if you have just chosen <em>Collaborate</em> in"
                        + " your own editor.</p><form method=\"post\" action=\"login\">"
                        + hidden("token", login)
                        + hidden("csrf", csrf)
                        + "<button>Allow</button></form>");
    }

    /// Asks a person without a login, or whose browser has not sent it, since another site led
    /// here.
    ///
    /// @param folder the path of the public URL, with a slash at both ends
    static Answer logInFirst(String folder, String login) {
        return AuthPages.withForm(
                200,
                "Log in an editor",
                "<h1>Log in an editor</h1><p>If you are logged in to Q-IDE in this browser,"
                        + " continue. Otherwise log in first, then come back to this page.</p>"
                        + "<form action=\"login\">"
                        + hidden("token", login)
                        + "<button>Continue</button></form><a href=\""
                        + AuthPages.escaped(folder)
                        + "\" target=\"_blank\" rel=\"noopener\">Log in to Q-IDE</a>");
    }

    static Answer done() {
        return AuthPages.withForm(
                200,
                "Log in an editor",
                "<h1>Done</h1><p>Return to your editor. To withdraw its access, revoke the token"
                        + " <em>Open Collaboration Tools</em> in your account.</p>");
    }

    static Answer failure(int status, String sentence) {
        return AuthPages.withForm(
                status,
                "Log in an editor",
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
