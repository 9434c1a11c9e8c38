/// The server: `Main` wires the rooms in start order and closes them in reverse.
@NullMarked
package dev.qide.server;

import org.jspecify.annotations.NullMarked;
