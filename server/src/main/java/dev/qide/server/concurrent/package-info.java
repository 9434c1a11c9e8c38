/// One owner and one bounded inbox per stateful thing; the pool for CPU work.
@NullMarked
package dev.qide.server.concurrent;

import org.jspecify.annotations.NullMarked;
