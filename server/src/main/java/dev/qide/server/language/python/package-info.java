/// Python environments, for language servers that ask an interpreter for the locations of modules.
///
/// - [PythonEnvironments] is the interface: which folders of a workspace have an environment, which
///   interpreter applies to a folder, and whether that has changed.
/// - [EnvironmentScan] finds environments on disk. [SystemPython] finds the machine's standard
///   library. [InterpreterShims] writes the shims of interpreters.
///
/// The package has no thread of its own: a scan runs on the caller's thread.
@NullMarked
package dev.qide.server.language.python;

import org.jspecify.annotations.NullMarked;
