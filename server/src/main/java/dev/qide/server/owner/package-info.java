/// One owner and one bounded inbox per stateful thing; the pool for CPU work.
@NullMarked
package dev.qide.server.owner;

import org.jspecify.annotations.NullMarked;
