/// Logins of `qide lsp` and other commands that connect to a server.
///
/// - [ServerAddress] names a server, in one form however it is written.
/// - [SavedLogins] is the file in the person's configuration directory that `qide login` writes.
/// - [LoginClient] sends the requests of a login: it checks a token, or has the person allow one in
///   a browser. [ConnectFailure] says why a server cannot be reached.
/// - [HttpProxy] is the proxy that the environment names for a server; [NoProxy] lists the servers
///   without one.
@NullMarked
package dev.qide.server.cli.credentials;

import org.jspecify.annotations.NullMarked;
