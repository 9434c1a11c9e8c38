/// A model provider for tests.
@NullMarked
package dev.qide.server.provider;

import org.jspecify.annotations.NullMarked;
