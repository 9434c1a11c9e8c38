/// Shared documents: relay, presence, durable acknowledgement.
@NullMarked
package dev.qide.server.collab;

import org.jspecify.annotations.NullMarked;
