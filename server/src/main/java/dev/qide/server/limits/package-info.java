/// The rates and sizes that one server admits.
///
/// - [Limit] is the list of what is limited; [Limits] holds the numbers.
/// - [RateLimits] are all rates of a server; a [RateLimiter] is one rate per key (an address, a
///   person).
/// - [PerPrincipalLimit] limits how much of a bounded resource one person holds at once.
///
/// Thread-safe; nothing blocks.
@NullMarked
package dev.qide.server.limits;

import org.jspecify.annotations.NullMarked;
