-- primary: advancesSequence; effects sequence; by nextval
SELECT nextval('order_numbers')

-- primary: advancesSequence; effects sequence; by pg_catalog.nextval
SELECT pg_catalog.nextval('order_numbers')

-- primary: advancesSequence; effects sequence; by "nextval"
SELECT "nextval"('order_numbers')

-- primary: advancesSequence; effects sequence
SELECT NEXTVAL ('order_numbers')

-- primary: advancesSequence; effects sequence
SELECT nextval/* comment */('order_numbers')

-- primary: advancesSequence; effects sequence
SELECT setval('order_numbers', 5)

-- primary: advancesSequence; effects sequence
SELECT * FROM nextval('order_numbers') AS n(x)

-- primary: advancesSequence; effects sequence
SELECT id FROM accounts WHERE id = nextval('order_numbers')

-- primary: advancesSequence; effects sequence
SELECT CASE WHEN 1 = 1 THEN nextval('order_numbers') END

-- primary: advancesSequence; effects sequence
SELECT DISTINCT ON (id) nextval('order_numbers'), id FROM accounts

-- primary: advancesSequence; effects sequence
SELECT 1 OPERATOR(pg_catalog.+) nextval('order_numbers')

-- primary: advancesSequence; effects sequence
VALUES (nextval('order_numbers'))

-- primary: advancesSequence; effects sequence
SELECT ('order_numbers'::regclass).nextval

-- primary: readsSequence; effects readsSequence; after SELECT nextval('order_numbers')
SELECT currval('order_numbers')

-- primary: readsSequence; effects readsSequence; after SELECT nextval('order_numbers')
SELECT lastval()

-- primary: readsSequence
SELECT last_value FROM order_numbers

-- primary: readsSequence
SELECT is_called, log_cnt FROM order_numbers

-- primary: nodeView
SELECT * FROM pg_sequences

-- primary: setsConfiguration; effects setting
SELECT set_config('work_mem', '8MB', false)

-- primary: setsConfiguration
SELECT set_config('app.user', '1', true)

-- primary: setsConfiguration
SELECT pg_catalog.set_config('search_path', 'public', TRUE)

-- primary: setsConfiguration; effects setting
SELECT set_config('app.user', '1', 1 = 1)

-- primary: setsConfiguration; effects setting
SELECT set_config('search_path', '', false)

-- primary: setsConfiguration; effects setting role
SELECT set_config('role', 'postgres', false)

-- primary: setsConfiguration; effects setting role unexamined
SELECT set_config('session_authorization', 'postgres', false)

-- primary: setsConfiguration; effects setting role unexamined
SELECT set_config('ro' || 'le', 'postgres', false)

-- primary: setsConfiguration; effects setting role unexamined
SELECT set_config(E'\x72ole', 'postgres', false)

-- primary: setsConfiguration; effects setting
SELECT * FROM accounts WHERE set_config('app.x', owner, false) = 'x'

-- replica: plainRead
SELECT current_setting('app.user', true)

-- primary: readsSetting
SELECT current_setting('work_mem')

-- primary: readsSetting
SELECT current_setting('transaction_read_only')

-- primary: readsSetting
SELECT current_setting('app.' || 'user', true)

-- primary: readsSetting
SELECT current_setting($1)

-- primary: advisoryLock; effects advisoryLock
SELECT pg_advisory_lock(1)

-- primary: advisoryLock; effects advisoryLock
SELECT pg_try_advisory_lock(1, 2)

-- primary: advisoryLock; effects advisoryLock
SELECT pg_advisory_lock_shared(1)

-- primary: advisoryLock
SELECT pg_advisory_xact_lock(hashtext('x'))

-- primary: advisoryLock
SELECT pg_try_advisory_xact_lock(1)

-- primary: advisoryLock; effects mayRelease; after SELECT pg_advisory_lock(1)
SELECT pg_advisory_unlock(1)

-- primary: advisoryLock; effects unlockAll mayRelease
SELECT pg_advisory_unlock_all()

-- primary: advisoryLock; effects unlockAll mayRelease
SELECT pg_catalog.pg_advisory_unlock_all();

-- primary: advisoryLock; effects mayRelease
SELECT pg_advisory_unlock_all() WHERE false

-- primary: advisoryLock; effects advisoryLock mayRelease
SELECT pg_advisory_unlock_all(), pg_advisory_lock(1)

-- primary: advisoryLock
SELECT x.pg_advisory_unlock FROM (SELECT 1 AS pg_advisory_unlock) x

-- primary: largeObject
SELECT lo_create(0)

-- primary: largeObject
SELECT lo_creat(-1)

-- primary: largeObject; invalid
SELECT lo_get(12345)

-- primary: largeObject
SELECT lo_from_bytea(0, 'x')

-- primary: notification
SELECT pg_notify('channel', 'payload')

-- primary: notification; effects readsChannels
SELECT pg_listening_channels()

-- primary: transactionState
SELECT txid_current()

-- primary: transactionState
SELECT pg_current_xact_id()

-- primary: transactionState
SELECT pg_current_snapshot()

-- primary: transactionState
SELECT pg_export_snapshot()

-- primary: recoveryState
SELECT pg_is_in_recovery()

-- primary: recoveryState
SELECT pg_last_wal_replay_lsn()

-- primary: recoveryState
SELECT pg_current_wal_lsn()

-- primary: recoveryState
SELECT now() - pg_last_xact_replay_timestamp()

-- primary: recoveryState; not run
SELECT pg_promote()

-- primary: sessionState; effects unexamined; not run
SELECT pg_backup_start('label')

-- primary: sessionState; effects unexamined; not run
SELECT pg_create_physical_replication_slot('s', false, true)

-- primary: sessionState
SELECT pg_backend_pid()

-- primary: sessionState
SELECT pg_my_temp_schema()

-- primary: sessionState; effects setting
SELECT setseed(0.5)

-- primary: nodeState
SELECT pg_postmaster_start_time()

-- primary: nodeState
SELECT pg_database_size('postgres')

-- primary: nodeState
SELECT pg_size_pretty(pg_total_relation_size('accounts'))

-- primary: nodeState
SELECT * FROM pg_stat_get_activity(NULL)

-- primary: nodeState
SELECT pg_stat_reset()

-- primary: nodeState
SELECT pg_ls_dir('.')

-- primary: nodeView
SELECT * FROM pg_stat_activity

-- primary: nodeView
SELECT * FROM pg_catalog.pg_stat_user_tables WHERE relname = 'accounts'

-- primary: nodeView
SELECT * FROM "pg_stat_replication"

-- primary: nodeView
SELECT * FROM pg_statio_user_tables

-- primary: nodeView
SELECT * FROM pg_locks

-- primary: nodeView
SELECT name, setting FROM pg_settings

-- primary: nodeView
SELECT * FROM pg_prepared_statements

-- replica: plainRead
SELECT attname, null_frac FROM pg_stats WHERE tablename = 'accounts'

-- replica: plainRead
SELECT * FROM pg_statistic_ext

-- primary: runsText
SELECT query_to_xml('SELECT 1', true, true, '')

-- primary: runsText
SELECT table_to_xml('accounts', true, true, '')

-- primary: runsText
SELECT * FROM ts_stat('SELECT search FROM documents')

-- primary: volatileFunction
SELECT pg_terminate_backend(-1)

-- primary: volatileFunction
SELECT pg_reload_conf()

-- primary: volatileFunction
SELECT pg_logical_emit_message(true, 'a', 'b')

-- primary: unknownFunction; by write_it
SELECT write_it(8000)

-- primary: unknownFunction; by write_it
SELECT * FROM write_it(8001)

-- primary: unknownFunction; by write_it
SELECT * FROM accounts, write_it(8002) w(x)

-- primary: unknownFunction
SELECT * FROM accounts a JOIN write_it(8003) w ON w = a.id

-- primary: unknownFunction
SELECT * FROM accounts, LATERAL write_it(8004 + 0 * id) WHERE id = 1

-- primary: unknownFunction
SELECT 1 WHERE write_it(8005) > 0

-- primary: unknownFunction; by public.write_it
SELECT public.write_it(8006)

-- primary: unknownFunction; by shop.lower
SELECT shop.lower('X')

-- primary: unknownFunction; by "shop"."add_tax"
SELECT "shop"."add_tax"(1)

-- primary: unknownFunction; by "write_it"
SELECT "write_it"(8007)

-- primary: unknownFunction; invalid
SELECT "LOWER"('x')

-- primary: unknownFunction
SELECT count(*) FROM accounts ORDER BY write_it(8008)

-- primary: unknownFunction
SELECT id FROM accounts WHERE id = 1 GROUP BY id, write_it(8010)

-- primary: unknownFunction
SELECT sum(write_it(8011)) FILTER (WHERE true)

-- primary: unknownFunction
SELECT sum(1) OVER (PARTITION BY write_it(8012))

-- primary: unknownFunction
SELECT COALESCE(NULL, write_it(8013))

-- primary: unknownFunction
SELECT ARRAY[write_it(8014)]

-- primary: unknownFunction
SELECT (ARRAY[1,2])[write_it(8015) - 8014]

-- primary: unknownFunction
SELECT CAST(write_it(8016) AS text), write_it(8017)::text

-- primary: unknownFunction
SELECT * FROM ROWS FROM (generate_series(1, 2), write_it(8018)) AS t(a, b)

-- primary: unknownFunction
SELECT 1 LIMIT write_it(8030) - 8029

-- primary: unknownFunction; invalid
SELECT now() AT TIME ZONE write_it(8019)::text

-- primary: unknownFunction
SELECT write_it (8020)

-- primary: unknownFunction
SELECT write_it
  -- comment
  (8021)

-- primary: unknownFunction; not run
SELECT dblink_exec('INSERT INTO accounts VALUES (1)')

-- primary: unknownFunction; not run
SELECT is(1, 1)

-- primary: unknownFunction; not run
SELECT join(1), name(2)

-- primary: unknownFunction; invalid
SELECT a.b.c.d(1) FROM a

-- primary: foreignOperator; by <=>
SELECT a <=> 9000 FROM accounts a WHERE id = 1

-- primary: foreignOperator; by OPERATOR(shop.+)
SELECT a OPERATOR(shop.+) 9001 FROM accounts a WHERE id = 1

-- primary: unknownSampling; not run
SELECT * FROM accounts TABLESAMPLE system_rows(10)

-- primary: unknownSyntax
SELECT treat(1 AS int)

-- primary: temporaryObject; effects temporaryObject; after CREATE TEMP TABLE session_table (id int)
SELECT * FROM pg_temp.session_table

-- primary: temporaryObject; effects temporaryObject; invalid
SELECT * FROM pg_temp_3.session_table

-- primary: unicodeName; effects unexamined
SELECT U&"\006eextval"('order_numbers')

-- primary: unicodeName; effects unexamined
SELECT * FROM U&"accounts"

-- replica: plainRead
SELECT 'nextval(1)', "nextval(" FROM (SELECT 1 AS "nextval(") x -- nextval()

-- replica: plainRead
SELECT nextval FROM (SELECT 1 AS nextval) x

-- primary: unknownFunction; invalid before 16
SELECT json_array(1, 2), json_arrayagg(id) FROM accounts

-- primary: unknownFunction; invalid before 17
SELECT * FROM json_table('[{"a": 1}]', '$[*]' COLUMNS (a int PATH '$.a', n FOR ORDINALITY)) AS t

-- replica: plainRead
SELECT json_object('{a, 1}')

-- primary: unknownFunction; invalid before 18
SELECT uuidv7(), array_sort(ARRAY[2, 1])

-- primary: unknownFunction; invalid before 16
SELECT any_value(id) FROM accounts

-- primary: unknownFunction; by cube; invalid
SELECT 1 FROM accounts GROUP BY 1 + cube(2)

-- primary: unknownFunction; by cube; invalid
SELECT cube(1, 2)

-- primary: unknownFunction; by rollup; invalid
SELECT count(*) FROM accounts GROUP BY owner ORDER BY rollup(1)
