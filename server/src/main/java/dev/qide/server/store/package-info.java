/// PostgreSQL: pool, migrations, one class per table family, the update log.
@NullMarked
package dev.qide.server.store;

import org.jspecify.annotations.NullMarked;
