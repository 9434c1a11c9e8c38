/// TLS from PEM files.
///
/// - [PemKeyPair] reads a certificate chain and its private key, and refuses what does not belong
///   together.
/// - [ServerTls] serves new connections with the pair that was read last.
@NullMarked
package dev.qide.server.transport.tls;

import org.jspecify.annotations.NullMarked;
