/// The other servers on the database ("nodes"), and forwarding to them.
///
/// - [Nodes] publishes the address of this node, tracks which other nodes live, and finds the node
///   that has the lease of a workspace.
/// - [NodeOverview] and [NodeAdministration] are for operators, [Placement] for new workspaces.
/// - [Forwarder] forwards an HTTP request or a handshake to that node over a separate
///   [NodeConnection]; bodies and sockets are streamed through a small buffer.
/// - [DeliveryLinkClients] opens a delivery link, a [DeliveryLinkClient], to each node to which
///   sockets are forwarded. A frame for several clients arrives over it once; each client has a
///   [DeliveryChannel].
/// - [ForwardingSignature] signs a forwarded request with the receiver's secret; the receiver
///   trusts the client's address and scheme in it. There is at most one hop: a receiver without the
///   workspace refuses the request.
///
/// `api` calls the package on the threads of requests, before it reads their credentials: the node
/// that has the workspace checks them. Thread-safe; calls block on the network.
@NullMarked
package dev.qide.server.nodes;

import org.jspecify.annotations.NullMarked;
