#!/usr/bin/env python3
"""Writes Sources/StatementClassifier/KnownNameLists.swift from the catalogs of running servers.

    scripts/classifier/function_lists.py DSN [DSN ...] > Sources/StatementClassifier/KnownNameLists.swift

Give one server of every supported major version, oldest first: a name counts as harmless only if
every version has it, and it is so with all its argument types in all of them. (What only newer
versions have may be a user's function in an older one.) Needs psycopg 3. The rules below are the
only knowledge that the catalogs do not hold; each says why.
"""
import re
import sys
import textwrap

import psycopg

# VOLATILE, and yet the same on a replica as on the primary: they touch nothing outside themselves.
HARMLESS_VOLATILE = """
random random_normal gen_random_uuid uuidv4 uuidv7 clock_timestamp timeofday array_sample array_shuffle
pg_sleep pg_sleep_for pg_sleep_until pg_partition_tree pg_partition_ancestors
""".split()

# Functions whose call has a meaning to the session; the first class that matches a name wins. The
# classes are the cases of FunctionClass. A name matched here is not harmless, whatever its
# volatility says.
RULES = [
    ("readsSetting", r"current_setting"),
    ("setConfig", r"set_config"),
    ("advisoryUnlockAll", r"pg_advisory_unlock_all"),
    ("advisorySessionLock", r"pg_(try_)?advisory_lock(_shared)?"),
    ("advisoryOther", r"pg_(try_)?advisory_.*"),
    ("advancesSequence", r"nextval|setval"),
    # currval and lastval speak of this very connection; the others of a sequence's state, which a
    # standby sees up to 32 values ahead.
    ("readsSequence", r"currval|lastval|pg_sequence_last_value|pg_get_sequence_data"),
    ("largeObject", r"lo_.*|loread|lowrite"),
    ("notifies", r"pg_notify|pg_listening_channels|pg_notification_queue_usage"),
    # A transaction identifier is assigned, which a standby cannot, or its view of them differs.
    ("transactionState", r"txid_.*|pg_(current_)?xact_.*|pg_current_snapshot|pg_last_committed_xact"
                         r"|pg_export_snapshot|pg_get_multixact_members"),
    # A temporary slot or a backup belongs to the connection that made it.
    ("heldByConnection", r"pg_(create|copy)_(logical|physical)_replication_slot|pg_backup_start"
                         r"|pg_start_backup"),
    # What differs between a primary and a standby by nature.
    ("recoveryState", r"pg_is_in_recovery|pg_(current|last)_(wal|xact).*|pg_.*wal_(replay|summar).*"
                      r"|pg_switch_wal|pg_create_restore_point|pg_promote|pg_backup_st.*"
                      r"|pg_control_.*|pg_log_standby_snapshot|pg_get_wal_.*|pg_split_walfile_name"
                      r"|pg_walfile_name.*|pg_start_backup|pg_stop_backup"),
    # State of this connection, which another connection does not share.
    ("sessionState", r"pg_backend_pid|pg_my_temp_schema|pg_is_other_temp_schema|setseed|pg_cursor"
                     r"|pg_prepared_statement|pg_replication_origin_.*session.*"),
    # What one server knows of itself: its activity, files, sizes, settings.
    ("nodeState", r"pg_conf_load_time|pg_postmaster_start_time|pg_show_.*|pg_settings_.*"
                  r"|pg_lock_status|pg_prepared_xact|pg_config|pg_available_.*"
                  r"|pg_extension_update_paths|pg_tablespace_location|pg_tablespace_databases"
                  r"|pg_get_replication_slots|pg_.*_size|pg_ls_.*|pg_read_.*|pg_hba_file_rules"
                  r"|pg_ident_file_mappings|pg_get_(aios|backend_memory.*|loaded_modules|shmem.*)"
                  r"|pg_numa_.*|pg_jit_available|pg_current_logfile|pg_blocking_pids"
                  r"|pg_safe_snapshot_blocking_pids|pg_relation_filepath|pg_filenode_relation"
                  r"|pg_relation_filenode|pg_replication_origin.*|pg_mcv_list_items"
                  r"|pg_get_wait_events|pg_(database_)?collation_actual_version"),
    # They run a text or a cursor that is not seen here.
    ("runsText", r".*_to_xml|.*_to_xmlschema|.*_to_xml_and_xmlschema|ts_stat|ts_rewrite"),
    ("eventTrigger", r"pg_event_trigger_.*"),
]
# pg_size_pretty and pg_size_bytes are arithmetic, pg_column_size looks at a value.
EXEMPT = re.compile(r"pg_size_.*|pg_column_size")
# Functions behind operators, types and indexes, which nobody calls by name: left out to keep the
# list readable, so a call of one goes to the primary.
UNCALLED = re.compile(r"^(implementation of|I/O|less-equal-greater|hash|deprecated|sort support"
                      r"|(restriction|join) selectivity|.*support|.*handler|internal|aggregate "
                      r"(transition|final|combine|inverse|serial|deserial)|.*validator|\(internal\))",
                      re.I)
# Described like those, but called by name all the same.
CALLED = re.compile(r"starts_with|array_cat|mod|hash(text|bpchar|char|int[248]|uuid|numeric|float[48]"
                    r"|oid|name|bytea|date|timestamp|jsonb|_array|_record|_range)(extended)?|jsonb_"
                    r"(concat|contains|contained|exists|exists_any|exists_all|delete|delete_path)"
                    r"|(inet|cidr|text|bytea|interval|date|time|timestamp|timestamptz)_?(cat|eq|cmp)")

# pg_stat_... is known by its prefix, views and functions alike; the others are pg_upgrade's own.
HIDDEN = re.compile(r"pg_stat_|binary_upgrade_|.*_validator$")

# Views that show what one server knows of itself, beside those named pg_stat_... and pg_statio_...
NODE_VIEWS = """
pg_locks pg_settings pg_file_settings pg_hba_file_rules pg_ident_file_mappings pg_cursors
pg_prepared_statements pg_prepared_xacts pg_replication_slots pg_replication_origin_status
pg_shmem_allocations pg_shmem_allocations_numa pg_backend_memory_contexts pg_config
pg_available_extensions pg_available_extension_versions pg_sequences pg_aios pg_wait_events
pg_dsm_registry_allocations
""".split()

QUERY = """
select p.proname, p.provolatile in ('i', 's') as steady,
       'internal'::regtype = any (p.proargtypes) or 'cstring'::regtype = any (p.proargtypes)
         or p.prorettype in ('internal'::regtype, 'trigger'::regtype, 'event_trigger'::regtype,
                             'language_handler'::regtype, 'fdw_handler'::regtype,
                             'index_am_handler'::regtype, 'table_am_handler'::regtype,
                             'tsm_handler'::regtype, 'cstring'::regtype) as uncallable,
       coalesce(obj_description(p.oid, 'pg_proc'),
                case p.pronamespace when 'information_schema'::regnamespace then 'own' else '' end)
from pg_proc p
where p.pronamespace in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
"""


def class_of(name):
    if EXEMPT.fullmatch(name):
        return None
    for kind, pattern in RULES:
        if re.fullmatch(pattern, name):
            return kind
    return None


def collect(dsns):
    """The versions; all callable names; those that are volatile in some version; those that a user
    may call; those that all versions have."""
    names, unsteady, described, everywhere = set(), set(), set(), None
    versions = []
    for dsn in dsns:
        with psycopg.connect(dsn) as connection:
            versions.append(connection.info.server_version // 10000)
            here = set()
            for name, steady, uncallable, description in connection.execute(QUERY):
                if uncallable or HIDDEN.match(name):
                    continue
                here.add(name)
                if not steady:
                    unsteady.add(name)
                if CALLED.fullmatch(name) or description and not UNCALLED.match(description):
                    described.add(name)
            names |= here
            everywhere = here if everywhere is None else everywhere & here
    return versions, names, unsteady, described, everywhere


def block(name, doc, words):
    print(f"    /// {doc}")
    print(f'    static let {name} = """')
    for line in textwrap.wrap(" ".join(sorted(words)), 90):
        print(f"        {line}")
    print('        """')


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    versions, names, unsteady, described, everywhere = collect(sys.argv[1:])
    classes = {}
    for name in names:
        kind = class_of(name)
        if kind is None:
            if name in unsteady and name not in HARMLESS_VOLATILE:
                kind = "otherVolatile"
            elif name in described and name in everywhere:
                kind = "harmless"
            else:
                continue
        classes.setdefault(kind, set()).add(name)
    classes["nodeView"] = set(NODE_VIEWS)
    seen = ", ".join(str(v) for v in versions)
    print(f"/// Written by scripts/classifier/function_lists.py from PostgreSQL {seen}.")
    print("/// Do not edit: change the rules in the script.")
    print("enum KnownNameLists {")
    print("    static let all: [(String, KnownName)] = [")
    for kind in sorted(classes):
        print(f"        ({kind}, .{kind}),")
    print("    ]\n")
    for index, kind in enumerate(sorted(classes)):
        if index:
            print()
        block(kind, f"See `KnownName.{kind}`.", classes[kind])
    print("}")


main()
