/// Other nodes: publish and subscribe; in process by default.
@NullMarked
package dev.qide.server.fabric;

import org.jspecify.annotations.NullMarked;
