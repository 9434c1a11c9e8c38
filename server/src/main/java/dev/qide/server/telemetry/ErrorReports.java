package dev.qide.server.telemetry;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import io.sentry.Sentry;
import io.sentry.SentryEvent;
import io.sentry.SentryLevel;
import io.sentry.SentryOptions;
import io.sentry.protocol.Message;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.slf4j.LoggerFactory;

/// Reports errors in the log to a Sentry server: the constant message, the classes and stack frames
/// of exceptions, and the keys that name a component or a failure. Off unless it is started.
///
/// Nothing is sent that may contain content or identify a person: no messages of exceptions, other
/// keys, addresses, or the name of this machine. `error.id` and `trace.id` find the line in the
/// log.
///
/// Thread-safe. Logging never waits: reports beyond the bound are dropped.
public final class ErrorReports {
    private static final int QUEUE_REPORTS = 100;
    private static final Duration STOP_WAIT = Duration.ofSeconds(2);
    private static final Duration REQUEST_WAIT = Duration.ofSeconds(5);
    private static final String OURS = "dev.qide";

    /// The keys that are sent as tags.
    private static final Set<String> TAGS =
            Set.of(
                    "event.action",
                    "error.id",
                    "failure",
                    "reason",
                    "method",
                    "languageServer",
                    "sqlState",
                    "part");

    private ErrorReports() {}

    /// The destination of error reports.
    ///
    /// @param dsn the address of the project with its public key, `https://KEY@HOST/PROJECT`
    /// @param environment names this installation, for instance `production`
    /// @param release the version of this server
    public record Settings(String dsn, String environment, String release) {
        /// @throws IllegalArgumentException with the reason when the address is none
        public Settings {
            if (!isDsn(dsn)) {
                throw new IllegalArgumentException(
                        "it must look like https://KEY@HOST/PROJECT, as the project's settings in Sentry show it");
            }
        }

        /// Without the key.
        @Override
        public String toString() {
            return environment + ", " + release;
        }

        private static boolean isDsn(String text) {
            try {
                var uri = new URI(text);
                return Set.of("http", "https").contains(String.valueOf(uri.getScheme()))
                        && uri.getHost() != null
                        && uri.getUserInfo() != null
                        && uri.getPath().matches("(/[^/]+)*/[0-9]+");
            } catch (URISyntaxException _) {
                return false;
            }
        }
    }

    /// Starts to report the errors that are logged from now on, until logging stops.
    public static void start(Settings settings) {
        Sentry.init(options(settings));
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        var appender = new Reporter();
        appender.setName("sentry");
        appender.setContext(context);
        appender.start();
        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).addAppender(appender);
    }

    private static SentryOptions options(Settings settings) {
        var options = new SentryOptions();
        options.setDsn(settings.dsn());
        options.setEnvironment(settings.environment());
        options.setRelease("qide@" + settings.release());
        options.addInAppInclude(OURS);
        options.setMaxQueueSize(QUEUE_REPORTS);
        options.setShutdownTimeoutMillis(STOP_WAIT.toMillis());
        options.setConnectionTimeoutMillis((int) REQUEST_WAIT.toMillis());
        options.setReadTimeoutMillis((int) REQUEST_WAIT.toMillis());
        options.setGlobalHubMode(true);
        options.setSendDefaultPii(false);
        options.setAttachServerName(false);
        options.setAttachThreads(false);
        options.setSendModules(false);
        options.setMaxBreadcrumbs(0);
        options.setEnableAutoSessionTracking(false);
        // The log has what ends a thread, and `Main` closes the server.
        options.setEnableUncaughtExceptionHandler(false);
        options.setEnableShutdownHook(false);
        // Settings come from Q-IDE alone, not from other variables or files.
        options.setEnableExternalConfiguration(false);
        options.setBeforeSend((event, _) -> scrubbed(event));
        return options;
    }

    private static SentryEvent scrubbed(SentryEvent event) {
        var exceptions = event.getExceptions();
        (exceptions == null ? List.<io.sentry.protocol.SentryException>of() : exceptions)
                .forEach(exception -> exception.setValue(null));
        event.setServerName(null);
        event.setUser(null);
        event.setRequest(null);
        event.setBreadcrumbs(null);
        event.setExtras(null);
        return event;
    }

    private static final class Reporter extends AppenderBase<ILoggingEvent> {
        @Override
        protected void append(ILoggingEvent logged) {
            if (logged.getLevel().isGreaterOrEqual(Level.ERROR)) {
                var _ = Sentry.captureEvent(event(logged));
            }
        }

        @Override
        public void stop() {
            super.stop();
            Sentry.close();
        }

        private static SentryEvent event(ILoggingEvent logged) {
            var event = new SentryEvent();
            event.setLevel(SentryLevel.ERROR);
            event.setLogger(logged.getLoggerName());
            var message = new Message();
            // Our messages are constants; those of libraries may have content.
            message.setMessage(
                    logged.getLoggerName().startsWith(OURS + ".")
                            ? logged.getMessage()
                            : "an error of a library");
            event.setMessage(message);
            if (logged.getThrowableProxy() instanceof ThrowableProxy proxy) {
                event.setThrowable(proxy.getThrowable());
            }
            var pairs = logged.getKeyValuePairs();
            if (pairs != null) {
                pairs.stream()
                        .filter(pair -> TAGS.contains(pair.key))
                        .forEach(pair -> event.setTag(pair.key, String.valueOf(pair.value)));
            }
            var trace = Trace.current();
            if (trace != null) {
                event.setTag("trace.id", trace.id());
            }
            return event;
        }
    }
}
