/// The rates and sizes that one server admits.
///
/// - [Limits] holds the numbers.
/// - [RateLimiter] limits a rate per key (an address, a person).
/// - [PerPrincipalLimit] limits how much of a bounded resource one person holds at once.
///
/// Thread-safe; nothing blocks.
@NullMarked
package dev.qide.server.limits;

import org.jspecify.annotations.NullMarked;
