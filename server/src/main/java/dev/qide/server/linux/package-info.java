/// System calls of Linux for files, which Java lacks.
///
/// - [OpenFolder] is a folder in which nothing is opened but files and folders; a [Reference] tells
///   which of them has a name.
/// - [LinuxCalls] finds C functions, and opens folders for them without following links.
@NullMarked
package dev.qide.server.linux;

import org.jspecify.annotations.NullMarked;
