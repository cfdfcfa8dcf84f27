import java.sql.*;
import java.util.*;
import java.util.concurrent.*;

/** Several JDBC connections at once on few server connections; run as a single source file. */
public class JdbcMany {
    static final int CONNECTIONS = 8;

    static void check(boolean holds, String what) {
        if (!holds) throw new AssertionError(what);
    }

    static String text(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) statement.setObject(i + 1, values[i]);
            try (ResultSet rows = statement.executeQuery()) {
                check(rows.next(), "no row of " + sql);
                return rows.getString(1);
            }
        }
    }

    static void refused(String state, Callable<?> work) throws Exception {
        try {
            work.call();
        } catch (SQLException error) {
            check(error.getSQLState().equals(state), error.toString());
            return;
        }
        check(false, "no error " + state);
    }

    public static void main(String[] arguments) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS);
        List<Future<Void>> done = new ArrayList<>();
        for (int me = 1; me <= CONNECTIONS; me++) {
            int number = me;
            done.add(threads.submit(() -> work(arguments[0], arguments[1], number)));
        }
        threads.shutdown();
        for (Future<Void> each : done) each.get();
        System.out.println("jdbc: all good");
    }

    static Void work(String url, String table, int me) throws Exception {
        try (Connection connection = DriverManager.getConnection(url)) {
            statements(connection, me);
            settings(connection, me);
            transactions(connection, table, me);
            batches(connection, table, me);
            cursors(connection);
            timeouts(connection);
            readOnly(connection);
        }
        return null;
    }

    /** The driver names its statements S_1, S_2 and so on: on every connection the same. */
    static void statements(Connection connection, int me) throws Exception {
        for (int round = 0; round < 15; round++) {
            String sum = text(connection, "SELECT ?::int + " + me, round);
            check(sum.equals("" + (round + me)), "sum");
            check(text(connection, "SELECT '" + me + "'").equals("" + me), "mine");
            check(text(connection, "SELECT ?::text", "Grüße " + me).equals("Grüße " + me), "text");
        }
        refused("22012", () -> text(connection, "SELECT 10 / ?::int", 0));
        refused("42P01", () -> text(connection, "SELECT ? FROM nowhere", 0));
    }

    static void settings(Connection connection, int me) throws Exception {
        String zone = new String[] {"Asia/Tokyo", "Europe/Berlin", "America/Lima"}[me % 3];
        connection.setSchema("public");
        connection.setClientInfo("ApplicationName", "jdbc " + me);
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET TimeZone = '" + zone + "'");
            statement.execute("SET extra_float_digits = 2");
        }
        for (int round = 0; round < 10; round++) {
            check(text(connection, "SELECT current_setting('TimeZone')").equals(zone), "zone");
            check(text(connection, "SHOW application_name").equals("jdbc " + me), "name");
        }
    }

    static void transactions(Connection connection, String table, int me) throws Exception {
        connection.setAutoCommit(false);
        for (int round = 0; round < 6; round++) {
            try (Statement statement = connection.createStatement()) {
                statement.executeUpdate(
                    "INSERT INTO " + table + " VALUES (" + (me * 1000 + round) + ", 'x')");
                Savepoint savepoint = connection.setSavepoint();
                refused("23505", () -> statement.executeUpdate(
                    "INSERT INTO " + table + " VALUES (" + me * 1000 + ", 'again')"));
                connection.rollback(savepoint);
            }
            String sql = "SELECT count(*) FROM " + table + " WHERE id BETWEEN ? AND ?";
            check(text(connection, sql, me * 1000, me * 1000 + 99).equals("" + (round + 1)), "own");
            connection.commit();
        }
        // With autosave=always the driver itself sets a savepoint around each statement.
        if (connection.getMetaData().getURL().contains("autosave=always")) {
            refused("22012", () -> text(connection, "SELECT 1 / ?::int", 0));
            check(text(connection, "SELECT 'goes on'").equals("goes on"), "autosave");
        }
        connection.rollback();
        connection.setAutoCommit(true);
    }

    static void batches(Connection connection, String table, int me) throws Exception {
        String sql = "INSERT INTO " + table + " VALUES (?, ?)";
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            for (int i = 100; i < 400; i++) {
                insert.setInt(1, me * 1000 + i);
                insert.setString(2, "batch");
                insert.addBatch();
            }
            check(Arrays.stream(insert.executeBatch()).sum() == 300, "batch");
            insert.setInt(1, me * 1000 + 100);
            insert.setString(2, "again");
            insert.addBatch();
            refused("23505", insert::executeBatch);
        }
        sql += " RETURNING id";
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            insert.setInt(1, me * 1000 + 500);
            insert.setString(2, "returned");
            try (ResultSet rows = insert.executeQuery()) {
                check(rows.next() && rows.getInt(1) == me * 1000 + 500, "returning");
            }
        }
    }

    static void cursors(Connection connection) throws Exception {
        connection.setAutoCommit(false);
        String sql = "SELECT n FROM generate_series(1, 500) n";
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setFetchSize(70);
            for (int round = 0; round < 4; round++) {
                int count = 0;
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) {
                        if (count++ == 100) text(connection, "SELECT 'between'");
                    }
                }
                check(count == 500, "rows by portal: " + count);
            }
        }
        connection.commit();
        connection.setAutoCommit(true);
    }

    static void timeouts(Connection connection) throws Exception {
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            refused("57014", () -> statement.execute("SELECT pg_sleep(60)"));
        }
        check(text(connection, "SELECT 5").equals("5"), "after a cancel");
    }

    static void readOnly(Connection connection) throws Exception {
        connection.setReadOnly(true);
        connection.setAutoCommit(false);
        for (int i = 0; i < 6; i++) {
            check(text(connection, "SELECT ?::int", i).equals("" + i), "read only");
            refused("25006", () -> text(connection, "CREATE TABLE nope (i int)"));
            connection.rollback();
        }
        connection.setReadOnly(false);
        connection.setAutoCommit(true);
    }
}
