package dev.qide.server;

import dev.qide.server.ai.CallListener;
import dev.qide.server.ai.ModelServices;
import dev.qide.server.ai.ModelsFile;
import dev.qide.server.cli.Version;
import dev.qide.server.store.Database;
import dev.qide.server.tools.ToolServices;
import java.time.InstantSource;

/// Models, and the workspace as tools for them.
record ModelComponents(ModelServices models, ToolServices tools) implements AutoCloseable {
    static ModelComponents of(
            ModelsFile.Content content,
            ToolServices.Parts parts,
            Database database,
            InstantSource clock,
            CallListener listener) {
        var tools = new ToolServices(parts, Version.read());
        var models =
                new ModelServices(
                        content,
                        new ModelServices.Parts(
                                database,
                                parts.privateFiles(),
                                tools.table(),
                                parts.scheduler(),
                                clock,
                                parts.metrics(),
                                listener));
        return new ModelComponents(models, tools);
    }

    @Override
    public void close() {
        models.close();
        tools.close();
    }
}
