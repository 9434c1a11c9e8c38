package dev.qide.server.telemetry;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy;
import ch.qos.logback.core.util.FileSize;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import net.logstash.logback.composite.loggingevent.ThrowableClassNameJsonProvider;
import net.logstash.logback.composite.loggingevent.ThrowableMessageJsonProvider;
import net.logstash.logback.encoder.LogstashEncoder;
import net.logstash.logback.fieldnames.LogstashFieldNames;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/// Structured logs: one JSON object per line, with field names of the Elastic Common Schema, to
/// stderr and a rolling file. At a terminal stderr gets warnings as sentences instead.
///
/// stdout carries only the ready line. [LogKeys] lists the permitted keys.
public final class Logging {
    private static final String ECS_VERSION = "8.11";
    private static final FileSize FILE_BYTES = FileSize.valueOf("20MB");
    private static final FileSize ALL_FILES_BYTES = FileSize.valueOf("200MB");
    private static final int DAYS_KEPT = 14;

    private Logging() {}

    /// Starts logging and replaces any earlier configuration.
    ///
    /// @param folder the directory of `qide.json`, which rolls by day and size
    /// @param level the minimum level of our own loggers, for instance `INFO`
    /// @param isForPerson whether a person reads stderr
    public static void start(Path folder, String level, boolean isForPerson) {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        var root = resetRoot(context);
        context.getLogger("dev.qide").setLevel(Level.toLevel(level, Level.INFO));
        root.addAppender(isForPerson ? sentences(context) : console(context));
        root.addAppender(file(context, folder));
    }

    /// Starts logging for a command, to stderr only: the file belongs to the server.
    public static void startForCommand() {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        var root = resetRoot(context);
        root.addAppender(console(context));
    }

    private static Logger resetRoot(LoggerContext context) {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        context.reset();
        var root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        return root;
    }

    /// Flushes and closes the appenders, those of [ErrorReports] too.
    public static void stop() {
        ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
    }

    private static ConsoleAppender<ILoggingEvent> console(LoggerContext context) {
        var appender = new ConsoleAppender<ILoggingEvent>();
        appender.setTarget("System.err");
        return started(appender, context);
    }

    private static ConsoleAppender<ILoggingEvent> sentences(LoggerContext context) {
        var appender = new ConsoleAppender<ILoggingEvent>();
        appender.setTarget("System.err");
        appender.setContext(context);
        var filter = new ThresholdFilter();
        filter.setLevel(Level.WARN.levelStr);
        filter.start();
        appender.addFilter(filter);
        var layout = new TerminalLogLayout();
        layout.setContext(context);
        layout.start();
        var encoder = new LayoutWrappingEncoder<ILoggingEvent>();
        encoder.setContext(context);
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.setLayout(layout);
        encoder.start();
        appender.setEncoder(encoder);
        appender.start();
        return appender;
    }

    private static RollingFileAppender<ILoggingEvent> file(LoggerContext context, Path folder) {
        var appender = new RollingFileAppender<ILoggingEvent>();
        appender.setFile(folder.resolve("qide.json").toString());
        var rolling = new SizeAndTimeBasedRollingPolicy<ILoggingEvent>();
        rolling.setContext(context);
        rolling.setParent(appender);
        rolling.setFileNamePattern(folder.resolve("qide-%d{yyyy-MM-dd}.%i.json.gz").toString());
        rolling.setMaxFileSize(FILE_BYTES);
        rolling.setTotalSizeCap(ALL_FILES_BYTES);
        rolling.setMaxHistory(DAYS_KEPT);
        rolling.start();
        appender.setRollingPolicy(rolling);
        return started(appender, context);
    }

    private static <A extends OutputStreamAppender<ILoggingEvent>> A started(
            A appender, LoggerContext context) {
        appender.setContext(context);
        appender.setEncoder(encoder(context));
        appender.start();
        return appender;
    }

    static LogstashEncoder encoder(LoggerContext context) {
        var names = new LogstashFieldNames();
        names.setTimestamp("@timestamp");
        names.setLevel("log.level");
        names.setLogger("log.logger");
        names.setThread("process.thread.name");
        names.setStackTrace("error.stack_trace");
        names.setVersion("[ignore]");
        names.setLevelValue("[ignore]");
        var encoder = new LogEncoder();
        encoder.setContext(context);
        encoder.setFieldNames(names);
        encoder.setCustomFields(
                """
                {"ecs.version":"%s","service.name":"qide","event.dataset":"qide.log"}\
                """
                        .formatted(ECS_VERSION));
        var type = new ThrowableClassNameJsonProvider();
        type.setUseSimpleClassName(false);
        type.setFieldName("error.type");
        encoder.addProvider(type);
        var message = new ThrowableMessageJsonProvider();
        message.setFieldName("error.message");
        encoder.addProvider(message);
        encoder.setIncludeKeyValuePairs(false);
        encoder.addProvider(new KeyValuesJson());
        encoder.start();
        return encoder;
    }
}
