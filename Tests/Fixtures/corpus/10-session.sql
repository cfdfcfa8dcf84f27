--! primary: settings
SET work_mem = '7MB'
SET search_path TO shop, public
SET SESSION statement_timeout = 5000
SET TIME ZONE 'Europe/Berlin'
SET app.tenant = 'other'
SET NAMES 'LATIN1'
set "DateStyle" to 'SQL, DMY'
SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY
SET ROLE other
SELECT set_config('app.tenant', 'a', false), name FROM customers WHERE id = 1
SELECT pg_catalog.set_config('search_path', 'shop', false)

--! primary: settings that end with the transaction, or are as they were | because a setting belongs to a session, not to a server
SET LOCAL work_mem = '8MB'
SELECT set_config('app.tenant', 'a', true)
RESET work_mem
SET work_mem TO DEFAULT
RESET ALL
RESET ROLE
SET SESSION AUTHORIZATION DEFAULT
SET CONSTRAINTS ALL DEFERRED
DISCARD PLANS
DISCARD TEMP
DISCARD SEQUENCES
DISCARD ALL
DEALLOCATE ALL
UNLISTEN *
CLOSE ALL

--! caution: a setting is the server session's
SHOW work_mem
SHOW search_path
SHOW server_version
SHOW TIME ZONE
SHOW max_connections
SELECT current_setting('work_mem')
SELECT name, setting FROM pg_settings WHERE name = 'work_mem'
SELECT current_setting('server_version_num')::int

--! read: a setting of the application's own | after SET app.tenant = 't1'
SELECT current_setting('app.tenant', true)
SELECT tenant()
SELECT id FROM customers WHERE name = coalesce(current_setting('app.tenant', true), name)

--! read: reading with the session's settings | after SET TIME ZONE 'Asia/Tokyo' | after SET DateStyle = 'German'
SELECT placed FROM orders WHERE id = 1
SELECT timestamptz '2024-01-01 00:00Z', date '2024-01-02'

--! read: reading with the session's search_path | after SET search_path = shop
SELECT name FROM products WHERE id = 1
SELECT count(*) FROM cache_entries

--! read: reading in another role | after SET ROLE app
SELECT count(*) FROM customers

--! primary: what a transaction with writes reads | after BEGIN | after INSERT INTO scratch VALUES (1, 'mine')
SELECT * FROM scratch WHERE text = 'mine'
SELECT count(*) FROM customers, scratch WHERE text = 'mine'

--! primary: transaction control
BEGIN
START TRANSACTION ISOLATION LEVEL SERIALIZABLE

--! primary: in a transaction that may write | after BEGIN
COMMIT
ROLLBACK
END
ABORT
PREPARE TRANSACTION 'corpus'
INSERT INTO scratch VALUES (1, 'in a block')
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE
SET LOCAL work_mem = '6MB'
LOCK TABLE scratch
SELECT log_visit('in a block')

--! primary: control in a transaction that may write | after BEGIN | because the transaction is the primary's
SAVEPOINT a
DECLARE c CURSOR FOR SELECT * FROM customers

--! caution: a read in a transaction that may write | after BEGIN
SELECT count(*) FROM customers
SELECT name FROM customers WHERE id = 3

--! caution: a read in a transaction, after a savepoint | after BEGIN | after SAVEPOINT s
SELECT id FROM customers WHERE id < 3 ORDER BY id

--! primary: a read in a serializable transaction | after BEGIN ISOLATION LEVEL SERIALIZABLE
SELECT count(*) FROM customers

--! read: in a READ ONLY transaction | after BEGIN READ ONLY
SELECT count(*) FROM customers
SELECT name FROM customers WHERE id = 4
SELECT customer_name(2)
SELECT * FROM short_names

--! read: in a READ ONLY transaction with one snapshot | after BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY
SELECT count(*) FROM orders
TABLE shop.products

--! read: in a transaction that was made READ ONLY | after BEGIN | after SET TRANSACTION READ ONLY
SELECT count(*) FROM customers

--! read: later in a READ ONLY transaction | after START TRANSACTION READ ONLY | after SELECT 1
SELECT sum(total) FROM orders

--! caution: cursors in a transaction that may write | after BEGIN | after DECLARE cur CURSOR FOR SELECT id FROM customers ORDER BY id
FETCH 2 FROM cur
FETCH ALL cur
MOVE 3 IN cur
FETCH BACKWARD FROM cur
CLOSE cur

--! primary: cursors that outlive their transaction
DECLARE held CURSOR WITH HOLD FOR SELECT id FROM customers
DECLARE held SCROLL CURSOR WITH HOLD FOR SELECT 1

--! primary: a held cursor | after DECLARE held CURSOR WITH HOLD FOR SELECT id FROM customers ORDER BY id
CLOSE held

--! primary: reading a held cursor | after DECLARE held CURSOR WITH HOLD FOR SELECT id FROM customers ORDER BY id | because the cursor lives in the server session
FETCH 3 FROM held
SELECT name FROM pg_cursors

--! primary: SQL PREPARE
PREPARE p AS SELECT 1
PREPARE p (int) AS INSERT INTO scratch VALUES ($1)
PREPARE p AS SELECT * FROM customers WHERE id = $1

--! primary: EXECUTE | after PREPARE p (int) AS SELECT name FROM customers WHERE id = $1 | because what EXECUTE runs is kept by the server session
EXECUTE p(3)
EXPLAIN (COSTS OFF) EXECUTE p(3)
DEALLOCATE p
DEALLOCATE PREPARE ALL
CREATE TEMP TABLE from_prepared AS EXECUTE p(1)
SELECT name, statement FROM pg_prepared_statements WHERE from_sql

--! primary: EXECUTE that writes | after PREPARE w AS INSERT INTO scratch VALUES (1, 'prepared')
EXECUTE w
EXPLAIN ANALYZE EXECUTE w

--! primary: LISTEN and NOTIFY
LISTEN told
NOTIFY told, 'payload'
NOTIFY told

--! primary: a listener | after LISTEN told
UNLISTEN told
UNLISTEN *
SELECT pg_listening_channels()

--! primary: advisory locks
SELECT pg_advisory_lock(1), name FROM customers WHERE id = 1
SELECT pg_try_advisory_lock(hashtext('job'))
SELECT * FROM customers WHERE id = 1 AND pg_try_advisory_lock(id)
select PG_ADVISORY_LOCK(1)
SELECT "pg_advisory_lock"(1)
SELECT count(pg_advisory_lock(1)) FROM customers
WITH l AS (SELECT pg_try_advisory_lock(3) AS ok) SELECT ok FROM l

--! primary: after an advisory lock | after SELECT pg_advisory_lock(77)
SELECT pg_advisory_unlock(77)
SELECT pg_advisory_unlock_all()

--! primary: the session's own locks | after SELECT pg_advisory_lock(77) | because the lock is held on the primary
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()

--! caution: a plain read after an advisory lock | after SELECT pg_advisory_lock(78)
SELECT name FROM customers WHERE id = 5

--! primary: the transaction's own number | varies
SELECT txid_current_if_assigned(), txid_current()
SELECT pg_current_xact_id()::text, id FROM customers WHERE id = 1

--! primary: a snapshot for others
SELECT pg_export_snapshot()

--! primary: LOAD | as postgres | because the library stays in the server session
LOAD 'auto_explain'
