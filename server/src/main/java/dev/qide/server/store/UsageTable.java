package dev.qide.server.store;

import dev.qide.wire.Failure;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The cost of models, and the number of their inline completions that were accepted, summed by
/// day, person, organisation, workspace, model and purpose. Thread-safe; calls block on the
/// database and throw `STORE_UNAVAILABLE` when it is down.
public final class UsageTable {
    private final Database database;

    public UsageTable(Database database) {
        this.database = database;
    }

    /// The subject of a sum.
    ///
    /// @param day in UTC
    /// @param organisation its name; empty for calls that belong to none
    /// @param workspace its name; empty for calls from outside of any
    /// @param isEstimated whether the calls were aborted and their tokens are estimates
    public record Subject(
            LocalDate day,
            UUID person,
            String organisation,
            String workspace,
            String model,
            String purpose,
            boolean isEstimated) {
        public Subject withoutWorkspace() {
            return new Subject(day, person, organisation, "", model, purpose, isEstimated);
        }
    }

    /// One sum.
    ///
    /// @param costMicros millionths of the currency
    public record Sum(
            Subject subject,
            long calls,
            long inputTokens,
            long outputTokens,
            long costMicros,
            Suggested suggested) {
        /// The same sum, not attributed to a workspace.
        public Sum withoutWorkspace() {
            return new Sum(
                    subject.withoutWorkspace(),
                    calls,
                    inputTokens,
                    outputTokens,
                    costMicros,
                    suggested);
        }
    }

    /// Inline completions.
    ///
    /// @param shown that were sent to an editor
    /// @param accepted of these, by the person
    public record Suggested(long shown, long accepted) {
        public static final Suggested NONE = new Suggested(0, 0);

        public Suggested plus(Suggested other) {
            return new Suggested(shown + other.shown, accepted + other.accepted);
        }
    }

    /// Adds to the sums, all or none.
    public void add(List<Sum> sums) {
        database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle -> {
                    var batch =
                            handle.prepareBatch(
                                    """
                                    INSERT INTO ai_usage AS old (day, person_id, organisation,
                                        workspace, model, purpose, is_estimated, calls,
                                        input_tokens, output_tokens, cost_micros,
                                        completions_shown, completions_accepted)
                                    VALUES (:day, :person, :organisation, :workspace, :model,
                                        :purpose, :estimated, :calls, :input, :output, :cost,
                                        :shown, :accepted)
                                    ON CONFLICT (day, person_id, organisation, workspace, model,
                                        purpose, is_estimated) DO UPDATE
                                    SET calls = old.calls + :calls,
                                        input_tokens = old.input_tokens + :input,
                                        output_tokens = old.output_tokens + :output,
                                        cost_micros = old.cost_micros + :cost,
                                        completions_shown = old.completions_shown + :shown,
                                        completions_accepted =
                                            old.completions_accepted + :accepted
                                    """);
                    for (var sum : sums) {
                        var subject = sum.subject();
                        batch.bind("day", subject.day())
                                .bind("person", subject.person())
                                .bind("organisation", subject.organisation())
                                .bind("workspace", subject.workspace())
                                .bind("model", subject.model())
                                .bind("purpose", subject.purpose())
                                .bind("estimated", subject.isEstimated())
                                .bind("calls", sum.calls())
                                .bind("input", sum.inputTokens())
                                .bind("output", sum.outputTokens())
                                .bind("cost", sum.costMicros())
                                .bind("shown", sum.suggested().shown())
                                .bind("accepted", sum.suggested().accepted())
                                .add();
                    }
                    return batch.execute().length;
                });
    }

    /// The sums of some days, both included, the latest day first.
    ///
    /// @param person null for everybody
    public List<Sum> between(LocalDate from, LocalDate to, @Nullable UUID person, int atMost) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT * FROM ai_usage
                                        WHERE day BETWEEN :from AND :to
                                            AND (CAST(:person AS uuid) IS NULL
                                                OR person_id = CAST(:person AS uuid))
                                        ORDER BY day DESC, person_id, organisation, workspace,
                                            model, purpose, is_estimated
                                        LIMIT :atMost
                                        """)
                                .bind("from", from)
                                .bind("to", to)
                                .bind("person", person)
                                .bind("atMost", atMost)
                                .map((row, _) -> sum(row))
                                .list());
    }

    /// The sums of an organisation for some days, both included, the latest day first.
    ///
    /// @param organisation its name
    public List<Sum> ofOrganisation(String organisation, LocalDate from, LocalDate to, int atMost) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT * FROM ai_usage
                                        WHERE day BETWEEN :from AND :to
                                            AND organisation = :organisation
                                        ORDER BY day DESC, person_id, workspace, model, purpose,
                                            is_estimated
                                        LIMIT :atMost
                                        """)
                                .bind("organisation", organisation)
                                .bind("from", from)
                                .bind("to", to)
                                .bind("atMost", atMost)
                                .map((row, _) -> sum(row))
                                .list());
    }

    /// The cost of all calls of an organisation on one day.
    ///
    /// @param tokens input and output
    public record OrganisationDay(
            LocalDate day, String organisation, long tokens, long costMicros) {}

    /// The sums of each organisation for each of some days, both included.
    public List<OrganisationDay> byOrganisation(LocalDate from, LocalDate to) {
        return database.inTransaction(
                Failure.STORE_UNAVAILABLE,
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT day, organisation,
                                            sum(input_tokens + output_tokens)::bigint AS tokens,
                                            sum(cost_micros)::bigint AS cost
                                        FROM ai_usage
                                        WHERE day BETWEEN :from AND :to AND organisation <> ''
                                        GROUP BY day, organisation
                                        """)
                                .bind("from", from)
                                .bind("to", to)
                                .map((row, _) ->
                                        new OrganisationDay(
                                                row.getObject("day", LocalDate.class),
                                                row.getString("organisation"),
                                                row.getLong("tokens"),
                                                row.getLong("cost")))
                                .list());
    }

    private static Sum sum(ResultSet row) throws SQLException {
        return new Sum(
                new Subject(
                        row.getObject("day", LocalDate.class),
                        row.getObject("person_id", UUID.class),
                        row.getString("organisation"),
                        row.getString("workspace"),
                        row.getString("model"),
                        row.getString("purpose"),
                        row.getBoolean("is_estimated")),
                row.getLong("calls"),
                row.getLong("input_tokens"),
                row.getLong("output_tokens"),
                row.getLong("cost_micros"),
                new Suggested(
                        row.getLong("completions_shown"), row.getLong("completions_accepted")));
    }
}
