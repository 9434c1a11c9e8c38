/// What both ends of the wire agree on: methods, bodies and failures.
@NullMarked
package dev.qide.wire;

import org.jspecify.annotations.NullMarked;
