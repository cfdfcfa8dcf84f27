/// What is asked of a database's catalogs. Any user may ask it, on every supported version, and no
/// lock on anything of the users' is taken. Object identifiers below 16384 are PostgreSQL's own.
enum CatalogQueries {
    /// Told to the server before anything else: what names mean, and how long it may take.
    static func opening(timeoutMilliseconds: Int) -> String {
        """
        BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
        SET LOCAL search_path = pg_catalog;
        SET LOCAL statement_timeout = \(max(1, timeoutMilliseconds));
        SET LOCAL lock_timeout = 200
        """
    }

    static let closing = "COMMIT"

    /// One row and column that is another whenever anything has changed that facts are made of.
    /// What temporary tables do to the catalogs is left out.
    static let fingerprint = """
        SELECT pg_is_in_recovery()::text || ':' || string_agg(part, ':') FROM (
        \(stamp("pg_proc", "oid >= 16384"))
        UNION ALL \(stamp("pg_aggregate", "aggfnoid >= 16384", key: "aggfnoid::oid"))
        UNION ALL \(stamp("pg_operator", "oid >= 16384"))
        UNION ALL \(stamp("pg_cast", "oid >= 16384"))
        UNION ALL \(stamp("pg_namespace", "nspname !~ '^pg_(toast|temp)'"))
        UNION ALL \(stamp("pg_policy", "true"))
        UNION ALL \(stamp("pg_extension", "true"))
        UNION ALL \(stamp("pg_rewrite", "ev_type = '1' AND oid >= 16384"))
        UNION ALL \(stamp("pg_constraint", "contypid <> 0 AND oid >= 16384"))
        UNION ALL \(stamp("pg_type", telling))
        UNION ALL \(stamp("pg_class", lasting))
        UNION ALL \(stamp("pg_inherits", "true", key: "inhrelid"))
        UNION ALL \(stamp("pg_db_role_setting", "true", key: "setdatabase"))
        UNION ALL SELECT coalesce((SELECT reset_val FROM pg_settings
            WHERE name = 'search_path'), '')
        ) AS parts (part)
        """

    private static let telling = "oid >= 16384 AND typtype IN ('d', 'b', 'r') AND typelem = 0"

    private static let lasting = """
        oid >= 16384 AND relpersistence <> 't' AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        """

    private static func stamp(
        _ table: String, _ condition: String, key: String = "oid"
    ) -> String {
        """
        SELECT count(*) || ',' || coalesce(sum(hashint8extended(
            (\(key))::bigint << 32 | xmin::text::bigint, 0)), 0)
            FROM \(table) WHERE \(condition)
        """
    }

    /// The second column: it was set for the monitor's own role, or for this database.
    static let paths = """
        SELECT s.reset_val, EXISTS (
            SELECT FROM pg_db_role_setting AS d, unnest(d.setconfig) AS c
            WHERE c LIKE 'search\\_path=%'
                AND d.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = session_user))
                AND d.setdatabase IN (0, (SELECT oid FROM pg_database
                    WHERE datname = current_database())))
        FROM pg_settings AS s WHERE s.name = 'search_path'
        """

    static let pathSettings = """
        SELECT r.rolname, s.setdatabase <> 0, substr(c, strpos(c, '=') + 1)
        FROM pg_db_role_setting AS s LEFT JOIN pg_roles AS r ON r.oid = s.setrole,
            unnest(s.setconfig) AS c
        WHERE c LIKE 'search\\_path=%' AND (s.setrole = 0 OR r.oid IS NOT NULL)
            AND s.setdatabase IN (0, (SELECT oid FROM pg_database
                WHERE datname = current_database()))
        """

    static let schemas = """
        SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp)'
        """

    /// Of the extensions here, volatile functions only draw random numbers. Whatever a function is
    /// declared, no standby refuses what the second pattern names.
    static let functions = """
        SELECT p.oid, p.pronamespace, p.proname,
            p.provolatile = 'v' AND e.objid IS NULL OR p.prosrc ~ '\(silent)',
            CASE WHEN a.aggkind IN ('o', 'h') THEN 0 ELSE p.pronargs - p.pronargdefaults END,
            CASE WHEN a.aggkind IN ('o', 'h') OR p.provariadic <> 0 THEN 255
                ELSE p.pronargs END,
            coalesce(t.typtype IN ('c', 'p') OR t.typtype = 'd' AND b.typtype = 'c', false)
                OR EXISTS (SELECT FROM pg_cast AS k JOIN pg_type AS kt ON kt.oid = k.castsource
                    WHERE k.oid >= 16384 AND kt.typtype = 'c'),
            pg_get_function_identity_arguments(p.oid)
        FROM pg_proc AS p
            LEFT JOIN pg_aggregate AS a ON a.aggfnoid = p.oid
            LEFT JOIN pg_type AS t ON t.oid = p.proargtypes[0]
            LEFT JOIN pg_type AS b ON b.oid = t.typbasetype
            LEFT JOIN (SELECT d.objid FROM pg_depend AS d
                JOIN pg_extension AS x ON x.oid = d.refobjid
                WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
                    AND d.refclassid = 'pg_extension'::regclass
                    AND x.extname IN ('pgcrypto', 'uuid-ossp')) AS e ON e.objid = p.oid
        WHERE p.oid >= 16384 AND p.prokind <> 'p'
            AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
        """

    /// Calls that take effect on a standby as well, where they must not.
    private static let silent = """
        (pg_(try_)?advisory_|set_config|pg_(cancel|terminate)_backend|pg_stat_reset|dblink)
        """

    static let builtins = """
        SELECT proname, bool_or(provolatile = 'v') FROM pg_proc
        WHERE oid < 16384 GROUP BY proname
        """

    /// PostgreSQL's own that objects may refer to by number.
    static let builtinNames = """
        SELECT 'p', oid, proname FROM pg_proc WHERE oid < 16384 AND provolatile = 'v'
        UNION ALL SELECT 'c', oid, relname FROM pg_class WHERE oid < 16384 AND relkind = 'v'
        """

    static let operators = """
        SELECT oid, oprnamespace, oprname, greatest(oprleft::int8, oprright::int8) >= 16384,
            CASE WHEN oprleft = 0 THEN '' ELSE format_type(oprleft, NULL) || ', ' END
                || format_type(oprright, NULL)
        FROM pg_operator WHERE oid >= 16384 AND oprcode <> 0
        """

    /// Those that matter by their kind, and all that are called like one of them.
    static let relations = """
        WITH telling AS (
            SELECT c.oid, c.relname FROM pg_class AS c
            WHERE c.oid >= 16384 AND c.relpersistence <> 't'
                AND (c.relkind IN ('v', 'f', 'S')
                    OR c.relkind IN ('r', 'p', 'm') AND (c.relpersistence = 'u'
                        OR c.relrowsecurity OR c.oid IN (SELECT inhparent FROM pg_inherits)
                        OR c.oid IN (SELECT a.attrelid FROM pg_attribute AS a
                            WHERE a.atttypid = ANY ($1::oid[]) AND NOT a.attisdropped))))
        SELECT c.oid, c.relnamespace, c.relname, c.relkind, c.relpersistence = 'u'
        FROM pg_class AS c
        WHERE c.oid >= 16384 AND c.relpersistence <> 't'
            AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
            AND c.relname IN (SELECT relname FROM telling)
        """
}
