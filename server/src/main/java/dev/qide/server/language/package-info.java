/// Language servers: install, confine, start, route, rewrite.
@NullMarked
package dev.qide.server.language;

import org.jspecify.annotations.NullMarked;
