package dev.qide.server.login;

/// Why a login failed. Each failure has a page with a sentence that says what to do. A failed login
/// creates nothing.
public enum LoginFailure {
    PROVIDER_UNKNOWN(
            404, "This server has no login provider with that name. Choose one from the list."),
    TOO_MANY_LOGINS(
            429,
            "Too many logins were started from your address. Wait a minute, then start again."),
    STATE_MISSING(
            400,
            "This login was started in another browser, is already complete, or took longer than ten minutes. Allow cookies and start again."),
    STATE_WRONG(
            400,
            "The provider's answer does not match the login that this browser started. Start again."),
    DENIED(
            403,
            "The provider did not confirm the login, or you cancelled it. Start again to log in."),
    PROVIDER_REFUSED(
            502,
            "The provider rejected this server's request. Try again. If it fails again, ask the operator to check the client id, the client secret and the redirect address."),
    PROVIDER_DOWN(
            503, "The provider does not answer. Try again in a minute, or choose another one."),
    PROVIDER_ANSWER(
            502,
            "The provider sent an answer that this server does not understand. Try again. If it fails again, tell the operator."),
    CODE_REFUSED(400, "The provider's code has already been used or has expired. Start again."),
    TOKEN_INVALID(
            502,
            "The provider's answer could not be verified. Start again. If it fails again, ask the operator to check the issuer, the client id and the clocks."),
    EMAIL_NOT_VERIFIED(
            403,
            "The provider has not verified your email address. Confirm it there, then start again."),
    NOT_ADMITTED(
            403,
            "This account is not admitted here. Ask an owner for an invitation, and open its link."),
    INVITATION_INVALID(
            403,
            "The invitation has already been used, was withdrawn or has expired. Ask for another one."),
    EMAIL_KNOWN(
            409,
            "An account with your email address already exists. Log in the way you did before, then link this account on the account page."),
    ACCOUNT_TAKEN(
            409,
            "This account is linked to another user. Log in with it, or link another account."),
    STORE_DOWN(503, "The server's database does not answer. Try again in a minute.");

    private final int status;
    private final String sentence;

    LoginFailure(int status, String sentence) {
        this.status = status;
        this.sentence = sentence;
    }

    /// The HTTP status of the page.
    public int status() {
        return status;
    }

    /// The sentence for the user: the problem, and the action to take.
    public String sentence() {
        return sentence;
    }
}
