/// The other servers of the database ("nodes"), and forwarding to them.
///
/// - [Nodes] publishes how this node is reached, knows which others live, and finds the one that
///   has the lease of a workspace.
/// - [NodeOverview] and [NodeAdministration] are for operators, [Placement] for new workspaces.
/// - [Forwarder] passes an HTTP request or a handshake on to that node, over a [NodeConnection] of
///   its own. Bodies and sockets are streamed with a small buffer.
/// - [PeerLinks] opens a delivery link, a [PeerLink], to each node to which sockets are forwarded.
///   A frame for several clients comes over it once; each client has a [LinkChannel].
/// - [ForwardingSignature] signs a forwarded request with the receiver's secret; the receiver
///   believes the client's address and scheme in it. Never more than one hop: the receiver has the
///   workspace, or refuses.
///
/// `api` asks on the threads of requests, before it looks at their credentials, which the node that
/// has the workspace checks. Thread-safe; calls block on the network.
@NullMarked
package dev.qide.server.nodes;

import org.jspecify.annotations.NullMarked;
