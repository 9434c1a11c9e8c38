/// Login by other services: OAuth 2.0 with GitHub, OpenID Connect with any issuer.
///
/// - [LoginFile] reads the operator's file; each entry is a [ProviderSettings] with its
///   [AdmissionRule].
/// - [LoginProviders] begins a login and ends it; [PendingLogin] is what the browser brings back in
///   between, encrypted in a cookie. [OidcProvider] and [GithubProvider] speak to the services, by
///   [ProviderHttp] alone.
/// - A login ends with a [ProvenAccount] or with a [LoginProblem], for each of which a page says
///   what to do.
///
/// Thread-safe. Requests to a service block the calling thread, at most ten seconds each.
@NullMarked
package dev.qide.server.login;

import org.jspecify.annotations.NullMarked;
