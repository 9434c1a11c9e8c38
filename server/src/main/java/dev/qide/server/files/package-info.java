/// Workspaces: made, deleted, trusted; as trees: list, read, write, the mirror on disk.
@NullMarked
package dev.qide.server.files;

import org.jspecify.annotations.NullMarked;
