package dev.qide.server.store;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Map;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// Opens the connections of a pool with the login that is valid at that moment. Thread-safe.
final class LoginDataSource implements DataSource {
    private final DatabaseLogin login;
    private final Map<String, String> properties;

    /// @param properties of pgjdbc, besides those of every connection
    LoginDataSource(DatabaseLogin login, Map<String, String> properties) {
        this.login = login;
        this.properties = properties;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return login.connect(Database.ANSWER_WAIT, properties);
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("the login is configured");
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter out) {
        // The driver logs nothing.
    }

    /// The time for a login, which the driver keeps for all connections.
    @Override
    public void setLoginTimeout(int seconds) {
        DriverManager.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() {
        return DriverManager.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("the driver has the logger");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("wraps nothing");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
