package dev.qide.server.login;

/// Why a login did not succeed. Each has a page with a sentence that says what to do; nothing was
/// created.
public enum LoginProblem {
    PROVIDER_UNKNOWN(
            404, "This server has no login provider of that name. Choose one of the list."),
    TOO_MANY_LOGINS(429, "Too many logins began at your address. Wait a minute, then start again."),
    STATE_MISSING(
            400,
            "This login began in another browser, was finished already, or took longer than ten minutes. Start again, with cookies allowed."),
    STATE_WRONG(
            400, "The answer does not belong to the login that this browser began. Start again."),
    DENIED(
            403,
            "The provider did not confirm the login, or you cancelled it. Start again to log in."),
    PROVIDER_REFUSED(
            502,
            "The provider refused this server's request. Try again; if it happens again, the operator has to check the client id, its secret and the redirect address."),
    PROVIDER_DOWN(
            503, "The provider does not answer. Try again in a minute, or choose another one."),
    PROVIDER_ANSWER(
            502,
            "The provider sent an answer that this server does not understand. Try again; if it happens again, tell the operator."),
    CODE_REFUSED(400, "The provider's code was used already or has expired. Start again."),
    TOKEN_INVALID(
            502,
            "The provider's answer could not be verified. Start again; if it happens again, the operator has to check the issuer, the client id and the clocks."),
    EMAIL_NOT_VERIFIED(
            403,
            "The provider has not verified your e-mail address. Confirm it there, then start again."),
    NOT_ADMITTED(
            403,
            "This account is not admitted here. Ask an owner for an invitation, and open its link."),
    INVITATION_INVALID(
            403,
            "The invitation was used already, was withdrawn or has expired. Ask for another one."),
    EMAIL_KNOWN(
            409,
            "Somebody with your e-mail address has an account here already. Log in the way you did before, and link this account on the account page."),
    ACCOUNT_TAKEN(
            409,
            "This account is linked to another person. Log in with it, or link another account."),
    STORE_DOWN(503, "The server's database does not answer. Try again in a minute.");

    private final int status;
    private final String sentence;

    LoginProblem(int status, String sentence) {
        this.status = status;
        this.sentence = sentence;
    }

    /// The HTTP status of the page.
    public int status() {
        return status;
    }

    /// What happened, and what to do next.
    public String sentence() {
        return sentence;
    }
}
