/// The rates and sizes that a server admits.
///
/// - [Limit] is the list of what is limited; [Limits] holds the numbers.
/// - [RateLimits] are all rates of a server; a [RateLimiter] is one rate per key (an address, a
///   person).
/// - A [TokenBucket] is the token bucket of one key. With [SharedTokenBuckets], which `redis`
///   implements, servers count together: each decides by its own bucket, and reports what it took.
/// - [PerPrincipalLimit] limits how much of a bounded resource one person holds at once.
///
/// Thread-safe; nothing blocks.
@NullMarked
package dev.qide.server.limits;

import org.jspecify.annotations.NullMarked;
