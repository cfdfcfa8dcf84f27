import java.sql.*;
import java.util.*;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/** JDBC's ordinary work, each step with its result checked; run as a single source file. */
public class Jdbc {
    static void check(boolean holds, String what) {
        if (!holds) throw new AssertionError(what);
    }

    static int number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            check(rows.next(), "no row of " + sql);
            return rows.getInt(1);
        }
    }

    public static void main(String[] arguments) throws Exception {
        String url = arguments[0];
        String table = arguments[1];
        try (Connection connection = DriverManager.getConnection(url)) {
            autocommit(connection, table);
            transactions(connection, table);
            batches(connection, table);
            cursors(connection, table);
            copies(connection, table);
            metadata(connection, table);
            timeouts(connection);
        }
        try (Connection connection = DriverManager.getConnection(url)) {
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            for (int i = 0; i < 8; i++) {
                check(number(connection, "SELECT " + i) == i, "read only");
                connection.commit();
            }
        }
        System.out.println("jdbc: all good");
    }

    static void autocommit(Connection connection, String table) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO " + table + " VALUES (?, ?)")) {
            for (int i = 0; i < 20; i++) {
                insert.setInt(1, i);
                insert.setString(2, "row " + i);
                check(insert.executeUpdate() == 1, "insert");
            }
        }
        try (PreparedStatement select = connection.prepareStatement("SELECT ?::int + 1, ?::text")) {
            for (int i = 0; i < 20; i++) {
                select.setInt(1, i);
                select.setString(2, "Grüße " + i);
                try (ResultSet rows = select.executeQuery()) {
                    check(rows.next() && rows.getInt(1) == i + 1, "select");
                    check(rows.getString(2).equals("Grüße " + i), "text");
                }
            }
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT 1/0");
            check(false, "no error");
        } catch (SQLException error) {
            check(error.getSQLState().equals("22012"), error.getSQLState());
        }
    }

    static void transactions(Connection connection, String table) throws SQLException {
        connection.setAutoCommit(false);
        for (int round = 0; round < 7; round++) {
            try (Statement statement = connection.createStatement()) {
                statement.executeUpdate("UPDATE " + table + " SET text = 'x' WHERE id = 1");
                Savepoint savepoint = connection.setSavepoint();
                try {
                    statement.executeUpdate("INSERT INTO " + table + " VALUES (1, 'twice')");
                    check(false, "no error");
                } catch (SQLException error) {
                    check(error.getSQLState().equals("23505"), error.getSQLState());
                }
                connection.rollback(savepoint);
                check(number(connection, "SELECT count(*) FROM " + table
                    + " WHERE text = 'x'") == 1, "own write in transaction");
            }
            connection.rollback();
        }
        connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        check(number(connection, "SELECT 1") == 1, "serializable");
        connection.commit();
        connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        connection.setAutoCommit(true);
    }

    static void batches(Connection connection, String table) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO " + table + " VALUES (?, ?)", Statement.RETURN_GENERATED_KEYS)) {
            for (int i = 100; i < 600; i++) {
                insert.setInt(1, i);
                insert.setString(2, "batch");
                insert.addBatch();
            }
            check(Arrays.stream(insert.executeBatch()).sum() == 500, "batch");
        }
    }

    static void cursors(Connection connection, String table) throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement select =
                connection.prepareStatement("SELECT id FROM " + table + " ORDER BY id")) {
            select.setFetchSize(50);
            for (int round = 0; round < 6; round++) {
                int count = 0;
                try (ResultSet rows = select.executeQuery()) {
                    while (rows.next()) count++;
                }
                check(count == 520, "rows by portal: " + count);
            }
        }
        connection.commit();
        connection.setAutoCommit(true);
    }

    static void copies(Connection connection, String table) throws Exception {
        CopyManager copies = connection.unwrap(PGConnection.class).getCopyAPI();
        long count = copies.copyIn("COPY " + table + " FROM STDIN",
            new java.io.StringReader("1000\ta\n1001\tb\n"));
        check(count == 2, "copy in");
        java.io.StringWriter out = new java.io.StringWriter();
        count = copies.copyOut("COPY (SELECT generate_series(1, 3)) TO STDOUT", out);
        check(count == 3, "copy out");
        check(out.toString().equals("1\n2\n3\n"), "copied text");
    }

    static void metadata(Connection connection, String table) throws SQLException {
        DatabaseMetaData data = connection.getMetaData();
        try (ResultSet rows = data.getColumns(null, "public", table, "%")) {
            List<String> names = new ArrayList<>();
            while (rows.next()) names.add(rows.getString("COLUMN_NAME"));
            check(names.equals(List.of("id", "text")), "columns " + names);
        }
        try (ResultSet rows = data.getPrimaryKeys(null, "public", table)) {
            check(rows.next() && rows.getString("COLUMN_NAME").equals("id"), "primary key");
        }
        check(connection.isValid(10), "valid");
    }

    static void timeouts(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            try {
                statement.execute("SELECT pg_sleep(60)");
                check(false, "no timeout");
            } catch (SQLException error) {
                check(error.getSQLState().equals("57014"), error.getSQLState());
            }
        }
        check(number(connection, "SELECT 5") == 5, "after a cancel");
    }
}
