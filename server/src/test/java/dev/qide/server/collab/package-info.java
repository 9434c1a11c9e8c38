/// Tests of shared documents: frames in, words out.
@NullMarked
package dev.qide.server.collab;

import org.jspecify.annotations.NullMarked;
