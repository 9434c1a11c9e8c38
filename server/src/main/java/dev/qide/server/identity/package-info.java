/// Who you are and what you may.
@NullMarked
package dev.qide.server.identity;

import org.jspecify.annotations.NullMarked;
