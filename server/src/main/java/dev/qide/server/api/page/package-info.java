/// The files of the browser IDE.
///
/// - [WebClient] answers for a path, with caching headers and a content security policy.
/// - [PackagedFiles] reads the files and their compressed forms from the class path, once.
///
/// Thread-safe.
@NullMarked
package dev.qide.server.api.page;

import org.jspecify.annotations.NullMarked;
