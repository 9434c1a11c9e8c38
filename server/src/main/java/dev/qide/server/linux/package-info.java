/// Linux file system calls that Java lacks.
///
/// - [OpenFolder] is a directory stream that opens only regular files and directories; a
///   [PathDescriptor] identifies a file without opening it.
/// - [LinuxCalls] finds C functions, and opens folders for them without following links.
@NullMarked
package dev.qide.server.linux;

import org.jspecify.annotations.NullMarked;
