/// What runs or reads what. Kinds are letters: `p` function, `o` operator, `c` relation, `s` the
/// rows of a relation, `t` a value made of a type, `u` a value of a type.
extension CatalogQueries {
    /// Which type holds values of which: arrays, domains, ranges and rows. A table of its own, as
    /// conditions with OR would be tried for each pair of types.
    private static let links = """
        link (holder, held) AS MATERIALIZED (
            SELECT oid, typelem FROM pg_type WHERE oid >= 16384 AND typelem <> 0
            UNION ALL
            SELECT oid, typbasetype FROM pg_type WHERE oid >= 16384 AND typbasetype <> 0
            UNION ALL
            SELECT rngtypid, rngsubtype FROM pg_range WHERE rngtypid >= 16384
            UNION ALL
            SELECT DISTINCT c.reltype, a.atttypid
            FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
            WHERE a.atttypid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped
                AND c.reltype <> 0 AND c.relpersistence <> 't'
        )
        """

    /// Types whose mere presence in a relation may matter: their values are printed, cast or
    /// compared by volatile functions. With the arrays, domains and rows that hold them.
    static let tellingTypes = """
        WITH RECURSIVE \(links), volatile (oid) AS (
            SELECT oid FROM pg_proc WHERE oid >= 16384 AND provolatile = 'v'
        ), telling (oid) AS (
            SELECT t.oid FROM pg_type AS t WHERE t.oid >= 16384 AND (
                t.typoutput IN (SELECT oid FROM volatile)
                OR t.typsend IN (SELECT oid FROM volatile)
                OR t.oid IN (SELECT castsource FROM pg_cast
                    WHERE castfunc IN (SELECT oid FROM volatile))
                OR t.oid IN (SELECT unnest(ARRAY[oprleft, oprright]) FROM pg_operator AS o
                    WHERE o.oid >= 16384 AND o.oprcode IN (SELECT oid FROM volatile)
                        AND EXISTS (SELECT FROM pg_operator AS b
                            WHERE b.oid < 16384 AND b.oprname = o.oprname)))
            UNION
            SELECT l.holder FROM telling AS h JOIN link AS l ON l.held = h.oid
        )
        SELECT t.oid, t.typnamespace, t.typname, t.typtype = 'd', t.typelem, t.typbasetype
        FROM telling JOIN pg_type AS t USING (oid)
        """

    /// Types that may run code when a value is made of them: with checks, an input function of a
    /// user's, or casts to them.
    static let types = """
        SELECT t.oid, t.typnamespace, t.typname, t.typtype = 'd' FROM pg_type AS t
        WHERE t.oid >= 16384 AND (
            t.oid IN (SELECT contypid FROM pg_constraint WHERE contypid <> 0)
            OR t.typtype = 'b' AND t.typelem = 0 AND t.typinput >= 16384
            OR t.oid IN (SELECT casttarget FROM pg_cast WHERE castfunc >= 16384))
        UNION
        SELECT t.oid, t.typnamespace, t.typname, false FROM pg_type AS t
        WHERE t.oid IN (SELECT casttarget FROM pg_cast
            WHERE castfunc >= 16384 AND greatest(castsource::int8, casttarget::int8) < 16384)
        """

    /// Types that hold those of the first parameter, and functions that take or make them.
    static let holders = """
        WITH RECURSIVE \(links), holder (oid, held) AS (
            SELECT holder, held FROM link WHERE held = ANY ($1::oid[])
            UNION
            SELECT l.holder, l.held FROM holder AS h JOIN link AS l ON l.held = h.oid
        )
        SELECT 't', t.oid, t.typnamespace, t.typname, t.typtype = 'd', h.held
        FROM holder AS h JOIN pg_type AS t USING (oid) WHERE t.oid >= 16384
        UNION ALL
        SELECT 'p', p.oid, NULL, NULL, NULL, a.oid FROM pg_proc AS p JOIN (
            SELECT unnest($1::oid[])
            UNION SELECT h.oid FROM holder AS h JOIN pg_type AS t USING (oid)
            WHERE t.typtype <> 'c') AS a (oid)
            ON a.oid = ANY (coalesce(p.proallargtypes, p.proargtypes::oid[]))
                OR a.oid = p.prorettype
        WHERE p.oid >= 16384 AND a.oid >= 16384
        """

    /// Kind and number of what runs or reads, and of what is run or read.
    static let edges = """
        SELECT DISTINCT 'c', r.ev_class, \(kind), d.refobjid
        FROM pg_rewrite AS r JOIN pg_depend AS d
            ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        WHERE r.ev_type = '1' AND r.oid >= 16384 AND \(isKind)
            AND NOT (d.refclassid = 'pg_class'::regclass AND d.refobjid = r.ev_class)
        UNION ALL
        SELECT DISTINCT 'c', p.polrelid, \(kind), d.refobjid
        FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid AND c.relrowsecurity
            JOIN pg_depend AS d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid
        WHERE p.polcmd IN ('*', 'r') AND \(isKind)
            AND NOT (d.refclassid = 'pg_class'::regclass AND d.refobjid = p.polrelid)
        UNION ALL
        SELECT DISTINCT 't', n.contypid, \(kind), d.refobjid
        FROM pg_constraint AS n JOIN pg_depend AS d
            ON d.classid = 'pg_constraint'::regclass AND d.objid = n.oid
        WHERE n.contypid <> 0 AND n.oid >= 16384 AND \(isKind) AND d.refobjid <> n.contypid
        UNION ALL
        SELECT DISTINCT 'p', d.objid, \(kind), d.refobjid FROM pg_depend AS d
        WHERE d.classid = 'pg_proc'::regclass AND d.objid >= 16384 AND \(isKind)
            AND d.refclassid <> 'pg_type'::regclass
        UNION ALL
        SELECT 'p', a.aggfnoid::oid, 'p', f FROM pg_aggregate AS a, unnest(ARRAY[
            a.aggtransfn::oid, a.aggfinalfn::oid, a.aggcombinefn::oid, a.aggmtransfn::oid,
            a.aggminvtransfn::oid, a.aggmfinalfn::oid, a.aggserialfn::oid,
            a.aggdeserialfn::oid]) AS f
        WHERE a.aggfnoid >= 16384 AND f <> 0
        UNION ALL
        SELECT 's', inhparent, 's', inhrelid FROM pg_inherits
        UNION ALL
        SELECT 'o', oid, 'p', oprcode::oid FROM pg_operator WHERE oid >= 16384 AND oprcode <> 0
        UNION ALL
        SELECT 'u', t, 'o', o.oid FROM pg_operator AS o, unnest(ARRAY[oprleft, oprright]) AS t
        WHERE o.oid >= 16384 AND t >= 16384
        UNION ALL
        SELECT 't', t.oid, 'p', f FROM pg_type AS t, unnest(ARRAY[
            t.typinput::oid, t.typreceive::oid, t.typmodin::oid]) AS f
        WHERE t.oid >= 16384 AND t.typtype = 'b' AND f >= 16384
        UNION ALL
        SELECT 'u', t.oid, 'p', f FROM pg_type AS t,
            unnest(ARRAY[t.typoutput::oid, t.typsend::oid]) AS f
        WHERE t.oid >= 16384 AND t.typtype = 'b' AND f >= 16384
        UNION ALL
        SELECT 't', casttarget, 'p', castfunc FROM pg_cast
        WHERE castfunc >= 16384 AND (casttarget >= 16384 OR castsource < 16384)
        UNION ALL
        SELECT 'u', castsource, 'p', castfunc FROM pg_cast
        WHERE castfunc >= 16384 AND castsource >= 16384
        UNION ALL
        SELECT 't', oid, 't', typbasetype FROM pg_type
        WHERE typbasetype >= 16384 AND oid >= 16384
        """

    private static let kind = """
        CASE d.refclassid WHEN 'pg_proc'::regclass THEN 'p' WHEN 'pg_operator'::regclass THEN 'o'
            WHEN 'pg_class'::regclass THEN 'c' ELSE 't' END
        """

    private static let isKind = """
        d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_class'::regclass,
            'pg_type'::regclass) AND d.deptype <> 'e'
        """

    /// Relations and functions that hold or give values of the types of the first parameter.
    static let values = """
        SELECT DISTINCT 'c', a.attrelid, 'u', a.atttypid
        FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
        WHERE a.atttypid = ANY ($1::oid[]) AND NOT a.attisdropped AND a.attnum > 0
            AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
        UNION ALL
        SELECT 'p', p.oid, 'u', p.prorettype FROM pg_proc AS p
        WHERE p.oid >= 16384 AND p.prorettype = ANY ($1::oid[])
        """

    /// Which of PostgreSQL's own functions of the first parameter are used in the stored
    /// expressions of views, policies, checks, defaults and bodies. Dependencies do not tell, as
    /// what is PostgreSQL's own cannot be dropped.
    static let mentions = """
        WITH stored (kind, oid, tree) AS (
            SELECT 'c', ev_class, ev_action::text FROM pg_rewrite
            WHERE ev_type = '1' AND oid >= 16384
            UNION ALL
            SELECT 'c', p.polrelid, p.polqual::text FROM pg_policy AS p
                JOIN pg_class AS c ON c.oid = p.polrelid AND c.relrowsecurity
            WHERE p.polcmd IN ('*', 'r') AND p.polqual IS NOT NULL
            UNION ALL
            SELECT 't', contypid, conbin::text FROM pg_constraint
            WHERE contypid <> 0 AND oid >= 16384 AND conbin IS NOT NULL
            UNION ALL
            SELECT 'p', oid, proargdefaults::text FROM pg_proc
            WHERE oid >= 16384 AND proargdefaults IS NOT NULL
        )
        SELECT DISTINCT s.kind, s.oid, p.proname FROM stored AS s,
            regexp_matches(s.tree, ':(?:funcid|aggfnoid|winfnoid) ([0-9]+)', 'g') AS m
            JOIN pg_proc AS p ON p.oid = m[1]::oid
        WHERE p.oid < 16384 AND p.proname = ANY ($1::name[])
        """

    static let lockingViews = """
        SELECT ev_class FROM pg_rewrite
        WHERE ev_type = '1' AND oid >= 16384 AND ev_action::text LIKE '%{ROWMARKCLAUSE%'
        """

    /// The texts of views, policies and checks that read a setting, which may be one that is the
    /// same everywhere.
    static let texts = """
        SELECT 'c', c.oid, pg_get_viewdef(c.oid) FROM pg_class AS c
        WHERE c.oid = ANY ($1::oid[]) AND c.relkind = 'v'
        UNION ALL
        SELECT 'c', p.polrelid, 'SELECT ' || pg_get_expr(p.polqual, p.polrelid)
        FROM pg_policy AS p
        WHERE p.polrelid = ANY ($1::oid[]) AND p.polcmd IN ('*', 'r') AND p.polqual IS NOT NULL
        """
}
