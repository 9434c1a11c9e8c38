/// Yjs in Java: the encodings and the document model of `yjs` 13.6, without any dependency.
@NullMarked
package dev.qide.yjs;

import org.jspecify.annotations.NullMarked;
