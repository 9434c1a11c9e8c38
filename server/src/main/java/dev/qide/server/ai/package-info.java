/// Models: choose, stream, cancel, count.
@NullMarked
package dev.qide.server.ai;

import org.jspecify.annotations.NullMarked;
