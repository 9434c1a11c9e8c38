/// Redis, where several servers count their rates together. Nothing is stored in it that may not be
/// lost: without it each server counts alone.
///
/// - [RedisAddress] is the setting.
/// - [RedisTokenBuckets] implements `limits.SharedTokenBuckets`. Its thread `redis` connects, and
///   probes twice a second whether Redis answers; while it does not, nothing is sent.
/// - [RedisConnector] makes a connection, [RedisConnection]; only these use Lettuce. Its threads
///   call back.
/// - [TokenScript] is the token bucket that Redis runs; [KeyNames] hides names of people and
///   addresses.
/// - [RedisMetrics] exist also without the setting; then no class of Lettuce or Netty is loaded.
@NullMarked
package dev.qide.server.redis;

import org.jspecify.annotations.NullMarked;
