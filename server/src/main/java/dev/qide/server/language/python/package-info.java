/// Python environments, for language servers that ask an interpreter where modules are.
///
/// - [PythonEnvironments] is the interface: which folders of a workspace have an environment, which
///   interpreter serves a folder, and whether that has changed.
/// - [EnvironmentScan] finds environments on disk. [SystemPython] finds the machine's standard
///   library. [InterpreterShims] writes the programs that answer in a Python interpreter's place.
///
/// No thread of its own: a scan runs on the thread that asks for it.
@NullMarked
package dev.qide.server.language.python;

import org.jspecify.annotations.NullMarked;
