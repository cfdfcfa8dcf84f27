#!/usr/bin/env python3
"""Calls every function of the harmless list on a standby, beside its primary.

    scripts/classifier/check_on_standby.py PRIMARY_DSN STANDBY_DSN

Each function of KnownNameLists.harmless is called with all its argument types and sample values.
The standby must answer with the same value (clocks and random numbers aside) or the same SQLSTATE,
must not refuse because it is a standby, and must be left without advisory locks, changed settings,
prepared statements, cursors, temporary objects or channels. Then the functions that a standby
accepts without a word although they must not go there are checked to be off the list.
Needs psycopg 3 and superusers. Exit code 1 if anything is wrong.
"""
import pathlib
import re
import sys

import psycopg

LISTS = pathlib.Path(__file__).parents[2] / "Sources/StatementClassifier/KnownNameLists.swift"
REFUSALS = {"25006", "0A000", "55000", "XX000"}
VARIES = re.compile(r"now|clock_timestamp|timeofday|random.*|gen_random_uuid|.*_timestamp|inet_.*|age"
                    r"|mxid_age|pg_timezone_.*|array_agg|pg_sleep.*|icu_unicode_version")
# Accepted in silence by a standby, or an answer of one server only: measured, must not be listed.
SILENT = """pg_advisory_lock pg_try_advisory_lock pg_advisory_xact_lock pg_advisory_unlock_all
set_config setseed currval lastval nextval pg_backend_pid pg_is_in_recovery pg_my_temp_schema
pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_postmaster_start_time pg_conf_load_time
pg_stat_get_activity pg_export_snapshot txid_current_snapshot pg_current_snapshot lo_open
query_to_xml pg_listening_channels pg_terminate_backend pg_reload_conf pg_create_physical_replication_slot
pg_prepared_statement pg_cursor pg_lock_status pg_show_all_settings""".split()
SAMPLES = {
    "integer": "1", "bigint": "1", "smallint": "1::int2", "numeric": "1.5", "real": "0.5::real",
    "double precision": "0.01::float8", "text": "'a'::text", "character varying": "'a'::varchar",
    "character": "'a'::bpchar", '"char"': "'a'::\"char\"", "name": "'pg_class'::name",
    "boolean": "true", "bytea": "'\\x61'::bytea", "date": "date '2020-01-02'",
    "time without time zone": "time '10:00'", "time with time zone": "timetz '10:00+00'",
    "timestamp without time zone": "timestamp '2020-01-02'",
    "timestamp with time zone": "timestamptz '2020-01-02'", "interval": "interval '1 ms'",
    "json": "'{\"a\": 1}'::json", "jsonb": "'{\"a\": 1}'::jsonb", "jsonpath": "'$.a'::jsonpath",
    "oid": "'pg_class'::regclass::oid", "regclass": "'pg_class'::regclass",
    "regtype": "'int4'::regtype", "regconfig": "'english'::regconfig",
    "regdictionary": "'simple'::regdictionary", "inet": "inet '10.0.0.1/8'",
    "cidr": "cidr '10.0.0.0/8'", "macaddr": "macaddr '08:00:2b:01:02:03'",
    "macaddr8": "macaddr8 '08:00:2b:01:02:03:04:05'", "point": "point(1,2)",
    "box": "box(point(1,2),point(3,4))", "circle": "circle(point(1,2),3)",
    "polygon": "polygon '((0,0),(1,1),(1,0))'", "path": "path '((0,0),(1,1),(1,0))'",
    "lseg": "lseg(point(1,2),point(3,4))", "line": "line(point(1,2),point(3,4))",
    "tsvector": "to_tsvector('simple','a b')", "tsquery": "to_tsquery('simple','a')",
    "uuid": "uuid '00000000-0000-0000-0000-000000000001'", "xml": "'<a/>'::xml",
    "bit": "B'101'", "bit varying": "B'101'::varbit", "money": "1::money", "pg_lsn": "'0/1'::pg_lsn",
    "anyelement": "1", "anyarray": "ARRAY[1,2]", "anynonarray": "1", "anycompatible": "1",
    "anycompatiblearray": "ARRAY[1,2]", "anycompatiblenonarray": "1", "anyrange": "int4range(1,5)",
    "anycompatiblerange": "int4range(1,5)", "anymultirange": "int4multirange(int4range(1,5))",
    "anycompatiblemultirange": "int4multirange(int4range(1,5))", "anyenum": "NULL::anyenum",
    '"any"': "1", "record": "ROW(1,2)", "text[]": "ARRAY['a']", "integer[]": "ARRAY[1]",
}
QUERY = """
select p.proname, p.prokind, p.proretset, n.nspname,
       array(select format_type(t, null) from unnest(p.proargtypes::oid[]) t), p.provariadic <> 0,
       a.aggkind, a.aggnumdirectargs
from pg_proc p join pg_namespace n on n.oid = p.pronamespace left join pg_aggregate a on a.aggfnoid = p.oid
where n.nspname in ('pg_catalog', 'information_schema') and p.proname = any (%s)
order by 1, p.oid
"""
LEFTOVERS = """
select (select count(*) from pg_locks where locktype = 'advisory')
     + (select count(*) from pg_settings where source = 'session' and name <> 'statement_timeout')
     + (select count(*) from pg_prepared_statements) + (select count(*) from pg_cursors)
     + (select count(*) from pg_listening_channels()) + pg_my_temp_schema()::int8
"""


def call_text(row):
    name, kind, returns_set, schema, types, variadic, aggregate, direct = row
    arguments = [SAMPLES.get(t, f"NULL::{t}") for t in types]
    if variadic and types and types[-1] != '"any"':
        arguments[-1] = "VARIADIC " + arguments[-1]
    function = f'{schema}."{name}"'
    if kind == "a":
        if aggregate != "n":
            head, tail = ", ".join(arguments[:direct]), ", ".join(arguments[direct:]) or "1"
            return f"SELECT {function}({head}) WITHIN GROUP (ORDER BY {tail})"
        return f"SELECT {function}({', '.join(arguments) or '*'})"
    if kind == "w":
        return f"SELECT {function}({', '.join(arguments)}) OVER ()"
    return f"SELECT * FROM {function}({', '.join(arguments)})" + (" LIMIT 50" if returns_set else "")


def run(connection, sql):
    try:
        return None, repr(connection.execute(sql, prepare=False, binary=False).fetchall()), ""
    except psycopg.Error as error:
        return error.sqlstate or "?????", None, str(error)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    block = re.search(r'let harmless = """\n(.*?)"""', LISTS.read_text(), re.S)[1]
    names = block.split()
    wrong = [name for name in SILENT if name in names]
    for name in wrong:
        print(f"{name}: must not be on the list")
    failures, calls, succeeded = len(wrong), 0, 0
    with psycopg.connect(sys.argv[1], autocommit=True) as primary, \
            psycopg.connect(sys.argv[2], autocommit=True) as standby:
        if not standby.execute("SELECT pg_is_in_recovery()").fetchone()[0]:
            sys.exit("the second server is no standby")
        for connection in (primary, standby):
            connection.execute("SET statement_timeout = '10s'")
        found = set()
        before = standby.execute(LEFTOVERS, prepare=False).fetchone()[0]
        for row in primary.execute(QUERY, (names,)).fetchall():
            found.add(row[0])
            sql = call_text(row)
            calls += 1
            state, value, _ = run(primary, sql)
            standby_state, standby_value, message = run(standby, sql)
            succeeded += state is None
            if standby_state != state:
                failures += 1
                print(f"{sql}\n    primary {state}, standby {standby_state}: {message}")
            elif standby_state in REFUSALS and re.search("recovery|read-only|standby", message):
                failures += 1
                print(f"{sql}\n    the standby refuses: {message}")
            elif value != standby_value and not VARIES.fullmatch(row[0]):
                failures += 1
                print(f"{sql}\n    {standby_value} on the standby, {value} on the primary")
            if standby.execute(LEFTOVERS, prepare=False).fetchone()[0] != before:
                sys.exit(f"{sql}\n    leaves something behind in the session")
    missing = sorted(set(names) - found)
    print(f"{len(names)} names, {calls} calls on both servers, {succeeded} of them without an error, "
          f"{failures} failures" + (f"; not in this version: {' '.join(missing)}" if missing else ""))
    sys.exit(1 if failures or not calls else 0)


main()
