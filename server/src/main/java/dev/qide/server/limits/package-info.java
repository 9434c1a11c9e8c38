/// How much one server admits: [Limits] are the figures, [Throttle] a rate by key (an address, a
/// person).
///
/// Thread-safe; answers at once.
@NullMarked
package dev.qide.server.limits;

import org.jspecify.annotations.NullMarked;
