/// System calls of Linux for files, which Java lacks.
///
/// - [OpenFolder] is a folder in which nothing is opened but files and folders; a [Reference] finds
///   out what has a name without opening it.
/// - [LinuxCalls] finds C functions, and opens folders for them without following links.
@NullMarked
package dev.qide.server.linux;

import org.jspecify.annotations.NullMarked;
