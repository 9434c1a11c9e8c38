package dev.qide.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.qide.server.TestDatabase;
import org.junit.jupiter.api.Test;

/// Whether a database needs Flyway.
class AppliedMigrationsTest {
    @Test
    void a_database_of_this_version_needs_no_migration() {
        try (var database = TestDatabase.create()) {
            assertThat(areApplied(database)).isTrue();
        }
    }

    @Test
    void a_missing_failed_changed_or_unknown_migration_is_left_to_flyway() {
        for (var change :
                new String[] {
                    "DELETE FROM flyway_schema_history WHERE version = '30'",
                    "UPDATE flyway_schema_history SET success = false WHERE version = '30'",
                    "UPDATE flyway_schema_history SET checksum = checksum + 1 WHERE version = '30'",
                    "UPDATE flyway_schema_history SET script = 'V999__later.sql', version = '999'"
                            + " WHERE version = '30'",
                    "DROP TABLE flyway_schema_history"
                }) {
            try (var database = TestDatabase.create()) {
                database.execute(change);
                assertThat(areApplied(database)).as(change).isFalse();
            }
        }
    }

    @Test
    void a_database_without_tables_needs_all() {
        try (var database = TestDatabase.createEmpty()) {
            assertThat(areApplied(database)).isFalse();
        }
    }

    private static boolean areApplied(TestDatabase database) {
        return AppliedMigrations.areThoseOf(database.address(), Database.ANSWER_WAIT);
    }
}
