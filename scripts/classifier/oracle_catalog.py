#!/usr/bin/env python3
"""Writes Tests/Oracle/catalog.txt: what pg_proc and pg_operator say, for the parser oracle.

    scripts/classifier/oracle_catalog.py DSN > Tests/Oracle/catalog.txt

Deliberately simpler than function_lists.py, so that a mistake there is found: every name with the
most volatile of its variants. DSN must be of the version that libpg_query parses (15).
"""
import sys

import psycopg

if len(sys.argv) != 2:
    sys.exit(__doc__)
with psycopg.connect(sys.argv[1]) as connection:
    print("# Made by scripts/classifier/oracle_catalog.py: f NAME VOLATILITY, o OPERATOR")
    for name, volatility in connection.execute(
            "SELECT proname, max(provolatile) FROM pg_proc WHERE pronamespace IN "
            "('pg_catalog'::regnamespace, 'information_schema'::regnamespace) "
            "AND proname !~ '^(binary_upgrade|pg_stat_get)_' GROUP BY 1 ORDER BY 1"):
        print("f", name, volatility)
    for name, in connection.execute("SELECT DISTINCT oprname FROM pg_operator ORDER BY 1"):
        print("o", name)
