/// Login with other services: OAuth 2.0 with GitHub, OpenID Connect with any issuer.
///
/// - [LoginFile] reads the operator's file; each entry is a [ProviderSettings] with its
///   [AdmissionRule].
/// - [LoginProviders] begins and ends logins; in between, the browser holds the [PendingLogin] in
///   an encrypted cookie. [OidcProvider] and [GithubProvider] implement the protocols and send all
///   requests with [ProviderHttp].
/// - A login ends with a [VerifiedAccount] or with a [LoginFailure], whose page says what to do.
///
/// Thread-safe. Requests to a service block the calling thread, at most ten seconds each.
@NullMarked
package dev.qide.server.login;

import org.jspecify.annotations.NullMarked;
