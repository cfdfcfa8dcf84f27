--! primary: the state of one server, which replicas have otherwise | because a replica speaks of itself
SELECT pg_is_in_recovery()
SELECT * FROM pg_stat_replication
SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'
SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) FROM pg_stat_replication
SELECT pg_last_wal_replay_lsn() IS NULL, pg_last_xact_replay_timestamp() IS NULL
SELECT slot_name, active FROM pg_replication_slots
SELECT count(*) FROM pg_stat_activity WHERE state = 'active'
SELECT pid, query FROM pg_stat_activity WHERE pid = pg_backend_pid()
SELECT * FROM pg_locks WHERE NOT granted
SELECT blocked.pid FROM pg_locks blocked JOIN pg_stat_activity a ON a.pid = blocked.pid WHERE NOT blocked.granted
SELECT relname, n_tup_ins, n_dead_tup, last_autovacuum FROM pg_stat_user_tables
SELECT * FROM pg_stat_database WHERE datname = current_database()
SELECT checkpoints_timed FROM pg_stat_bgwriter
SELECT idx_scan FROM pg_stat_user_indexes WHERE relname = 'customers'
SELECT heap_blks_hit FROM pg_statio_user_tables
SELECT pg_stat_get_numscans('customers'::regclass)
SELECT pg_blocking_pids(1)
SELECT * FROM pg_stat_wal_receiver
SELECT * FROM pg_prepared_xacts
SELECT current_setting('transaction_read_only')
SHOW transaction_read_only
SELECT sum(n_live_tup) FROM pg_stat_all_tables WHERE schemaname = 'public'
SELECT age(datfrozenxid), datname FROM pg_database, pg_stat_activity LIMIT 1

--! primary: what changes other sessions
SELECT pg_cancel_backend(1) FROM customers WHERE audit.noted('x') AND id < 2

--! primary: what another session feels | because the pid is one of the primary's
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'no such application'
SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'no such application'

--! read: sizes and the catalog | varies
SELECT schemaname, tablename, indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 3 LIMIT 3
SELECT datname, age(datfrozenxid) FROM pg_database ORDER BY 2 DESC
SELECT relname, age(relfrozenxid) FROM pg_class WHERE relkind IN ('r', 't') ORDER BY 2 DESC LIMIT 3
SELECT attname, n_distinct, most_common_vals FROM pg_stats WHERE tablename = 'customers'
SELECT extname, extversion FROM pg_extension ORDER BY 1
SELECT reltuples::bigint FROM pg_class WHERE relname = 'customers'
SELECT count(*) FROM pg_index WHERE NOT indisvalid

--! caution: sizes of the node's own files | varies
SELECT pg_size_pretty(pg_database_size(current_database()))
SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' ORDER BY 2 DESC LIMIT 5
SELECT pg_relation_size('customers'), pg_table_size('customers'), pg_indexes_size('customers')

--! read: health checks
SELECT 1 AS health
select 1
SELECT 'ok'
SELECT 1;
/* ping */ SELECT 1
SELECT 1 FROM (SELECT 1) dual
VALUES (1)
SELECT NULL WHERE false
SELECT version() IS NOT NULL
