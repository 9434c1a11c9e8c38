/// One connected editor, and the routing table of its messages.
@NullMarked
package dev.qide.server.session;

import org.jspecify.annotations.NullMarked;
