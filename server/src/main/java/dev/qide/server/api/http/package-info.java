/// Parts of HTTP that endpoints share.
///
/// - [PathTemplate] matches the path of a request with that of an endpoint.
/// - [ByteRange] and [EntityTags] read the headers of ranges and of conditional requests.
///
/// Pure functions and values; thread-safe.
@NullMarked
package dev.qide.server.api.http;

import org.jspecify.annotations.NullMarked;
