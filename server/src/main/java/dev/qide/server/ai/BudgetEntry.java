package dev.qide.server.ai;

import com.google.gson.JsonObject;
import com.google.gson.reflect.TypeToken;
import dev.qide.wire.WireJson;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An entry in the models file's `budgets`.
record BudgetEntry(
        Budget.Scope scope,
        @Nullable String name,
        Budget.Period period,
        @Nullable Long tokens,
        @Nullable BigDecimal cost,
        @Nullable BigDecimal soft) {
    private static final Set<String> MEMBERS =
            Set.of("scope", "name", "period", "tokens", "cost", "soft");
    private static final int BUDGETS = 64;

    /// @throws IllegalArgumentException with a sentence that names the file and the error
    static List<Budget> budgets(Path file, List<JsonObject> objects) {
        objects.forEach(object -> ModelsFile.requireMembers(file, object, MEMBERS));
        List<BudgetEntry> entries = WireJson.readAny(objects.toString(), new TypeToken<>() {});
        if (entries.size() > BUDGETS) {
            throw new IllegalArgumentException(
                    file + " names more than " + BUDGETS + " budgets. Remove some.");
        }
        return entries.stream().map(entry -> entry.toBudget(file)).toList();
    }

    private Budget toBudget(Path file) {
        boolean isBounded = tokens != null || cost != null;
        boolean isPositive = (tokens == null || tokens > 0) && (cost == null || cost.signum() > 0);
        double share = soft == null ? Budget.DEFAULT_SOFT : soft.doubleValue();
        if (!isBounded || !isPositive || share <= 0 || share > 1) {
            throw new IllegalArgumentException(
                    file
                            + ": a budget needs tokens or cost above 0, and soft between 0 and 1. Correct it.");
        }
        return new Budget(scope, name == null ? "*" : name, period, tokens, cost, share);
    }
}
