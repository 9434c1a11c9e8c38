/// How much you may: rates, sizes, counts.
@NullMarked
package dev.qide.server.limits;

import org.jspecify.annotations.NullMarked;
