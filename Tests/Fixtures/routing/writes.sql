-- primary: writesRows; by INSERT
INSERT INTO accounts (id, owner) VALUES (1000, 'x')

-- primary: writesRows
insert into accounts select 1001

-- primary: writesRows
INSERT INTO accounts (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET owner = excluded.owner RETURNING *

-- primary: writesRows; invalid
INSERT INTO accounts DEFAULT VALUES; 

-- primary: writesRows
UPDATE accounts SET balance = balance + 1 WHERE id = 1

-- primary: writesRows
DELETE FROM orders USING accounts WHERE accounts.id = -1 AND orders.account_id = accounts.id

-- primary: writesRows
MERGE INTO accounts a USING orders o ON a.id = o.account_id WHEN MATCHED THEN DO NOTHING

-- primary: writesRows
TRUNCATE items

-- primary: writesRows; effects sequence
INSERT INTO accounts (id) VALUES (nextval('order_numbers') + 2000)

-- primary: writesRows; effects setting
UPDATE accounts SET owner = set_config('app.owner', 'x', false)

-- primary: writesRows
UPDATE accounts SET owner = set_config('app.owner', 'x', true)

-- primary: writesRows
/* a comment first */ INSERT INTO accounts (id) VALUES (3000)

-- primary: writesRows
-- SELECT
DELETE FROM items

-- primary: writesRows; by UPDATE
WITH x AS (SELECT 1 AS id) UPDATE accounts SET balance = 0 FROM x WHERE x.id = accounts.id

-- primary: writesRows; by INSERT
WITH x AS (SELECT 4000 AS id) INSERT INTO accounts (id) SELECT id FROM x

-- primary: writesRows; by DELETE
WITH RECURSIVE x(id) AS (SELECT 1) DELETE FROM items USING x WHERE x.id = items.order_id

-- primary: writingQuery; by INSERT
WITH x AS (INSERT INTO accounts (id) VALUES (5000) RETURNING id) SELECT * FROM x

-- primary: writingQuery; by update
with x as (update accounts set balance = 0 returning id) select * from x

-- primary: writingQuery; by DELETE
WITH a AS (SELECT 1), x AS MATERIALIZED (DELETE FROM items RETURNING *) SELECT count(*) FROM x

-- primary: writingQuery; by INSERT
WITH a AS (WITH b AS (SELECT 6000 AS id) INSERT INTO accounts (id) SELECT id FROM b RETURNING id) SELECT * FROM a

-- primary: writingQuery; invalid before 17
WITH x AS (MERGE INTO accounts a USING orders o ON a.id = o.account_id WHEN MATCHED AND o.id = 1 THEN UPDATE SET balance = 1 RETURNING a.id) SELECT * FROM x

-- primary: selectsInto; by INTO
SELECT * INTO accounts_copy FROM accounts

-- primary: selectsInto; effects temporaryObject
SELECT * INTO TEMP accounts_temp FROM accounts

-- primary: selectsInto; effects temporaryObject
SELECT * INTO TEMPORARY TABLE accounts_temp FROM accounts

-- primary: selectsInto; effects temporaryObject
SELECT * INTO LOCAL TEMP accounts_temp FROM accounts

-- primary: selectsInto
SELECT * INTO UNLOGGED accounts_unlogged FROM accounts

-- primary: selectsInto
WITH x AS (SELECT 1 AS a) SELECT * INTO from_with FROM x

-- primary: selectsInto; effects temporaryObject
SELECT 1 AS a INTO pg_temp.one

-- primary: changesSchema
CREATE TABLE new_table (id serial, price numeric(10,2))

-- primary: changesSchema; effects sequence
CREATE TABLE new_table (id int DEFAULT nextval('order_numbers'))

-- primary: changesSchema; effects temporaryObject
CREATE TEMP TABLE session_table (id int)

-- primary: changesSchema; effects temporaryObject mayRelease
CREATE TEMPORARY TABLE IF NOT EXISTS session_table (id int) ON COMMIT DROP

-- primary: changesSchema; effects temporaryObject
CREATE LOCAL TEMPORARY TABLE session_table AS SELECT * FROM accounts

-- primary: changesSchema; effects temporaryObject
CREATE OR REPLACE TEMP VIEW session_view AS SELECT 1

-- primary: changesSchema; effects temporaryObject
CREATE TEMP SEQUENCE session_sequence

-- primary: changesSchema; effects temporaryObject
CREATE TABLE pg_temp.session_table (id int)

-- primary: changesSchema; effects temporaryObject
CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'

-- primary: changesSchema
CREATE UNLOGGED TABLE fast_table (id int)

-- primary: changesSchema
CREATE TABLE copy_of AS SELECT * FROM accounts

-- primary: changesSchema; effects setting
CREATE TABLE copy_of AS SELECT set_config('app.x', 'y', false)

-- primary: changesSchema
CREATE OR REPLACE FUNCTION f(x int) RETURNS int LANGUAGE sql AS $$ SELECT x; INSERT INTO accounts (id) VALUES (x) RETURNING 1 $$

-- primary: changesSchema
CREATE FUNCTION atomic_f(x int) RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN x > 1 THEN 2 ELSE 3 END; END

-- primary: changesSchema; statements 2
CREATE OR REPLACE PROCEDURE atomic_p() BEGIN ATOMIC INSERT INTO accounts (id) VALUES (7000); DELETE FROM items; END; SELECT 1

-- primary: changesSchema
CREATE RULE keep AS ON DELETE TO accounts DO INSTEAD (SELECT 1; SELECT 2)

-- primary: changesSchema
CREATE INDEX ON accounts (lower(owner))

-- primary: changesSchema; alone
CREATE INDEX CONCURRENTLY accounts_owner ON accounts (owner)

-- primary: changesSchema
ALTER TABLE accounts ADD COLUMN extra text DEFAULT 'x'

-- primary: changesSchema
ALTER ROLE CURRENT_USER SET work_mem = '8MB'

-- primary: changesSchema; effects mayRelease
DROP TABLE IF EXISTS no_such_table

-- primary: changesSchema
COMMENT ON TABLE accounts IS 'who owes what'

-- primary: changesSchema; invalid
SECURITY LABEL ON TABLE accounts IS 'x'

-- primary: changesSchema
REFRESH MATERIALIZED VIEW totals

-- primary: changesSchema; invalid
IMPORT FOREIGN SCHEMA x FROM SERVER y INTO z

-- primary: changesPrivileges
GRANT SELECT ON accounts TO PUBLIC

-- primary: changesPrivileges
REVOKE SELECT ON accounts FROM PUBLIC

-- primary: changesPrivileges; not run
REASSIGN OWNED BY someone TO someone_else

-- primary: maintenance; alone
VACUUM accounts

-- primary: maintenance
ANALYZE accounts

-- primary: maintenance
analyse accounts

-- primary: maintenance
REINDEX TABLE accounts

-- primary: maintenance; invalid
CLUSTER accounts

-- primary: maintenance
CHECKPOINT

-- primary: callsProcedure
CALL do_work(1)

-- primary: anonymousBlock
DO $$ BEGIN PERFORM 1; END $$

-- primary: anonymousBlock
DO 'BEGIN UPDATE accounts SET balance = 1; END'

-- primary: anonymousBlock; effects temporaryObject
DO $$ BEGIN CREATE TEMP TABLE block_table (id int); END $$ LANGUAGE plpgsql

-- primary: anonymousBlock; effects temporaryObject
DO LANGUAGE plpgsql $body$ BEGIN EXECUTE 'create temporary table block_table (id int)'; END $body$

-- primary: anonymousBlock; effects setting
DO $$ BEGIN SET work_mem = '8MB'; END $$

-- primary: anonymousBlock
DO $$ BEGIN SET LOCAL work_mem = '8MB'; END $$

-- primary: anonymousBlock; effects setting
DO $$ BEGIN PERFORM set_config('app.x', 'y', false); END $$

-- primary: anonymousBlock; effects role unexamined
DO $$ BEGIN EXECUTE 'SET ROLE postgres'; END $$

-- primary: anonymousBlock; effects advisoryLock mayRelease
DO $$ BEGIN PERFORM pg_advisory_lock(1); PERFORM pg_advisory_unlock(1); END $$

-- primary: anonymousBlock; effects listen
DO $$ BEGIN LISTEN channel; END $$

-- primary: anonymousBlock; effects sequence
DO $$ DECLARE n bigint; BEGIN n := nextval('order_numbers'); END $$

-- primary: locksTable
LOCK TABLE accounts IN ACCESS SHARE MODE

-- primary: locksTable
LOCK accounts

-- primary: loadsLibrary; effects load
LOAD 'plpgsql'

-- primary: unknownStatement; effects unexamined; invalid
FROBNICATE accounts

-- primary: unknownStatement; effects unexamined; invalid
SELEC 1

-- primary: unknownStatement; effects unexamined; invalid
"select" 1

-- primary: unknownStatement; effects unexamined; invalid
1

-- primary: unknownStatement; effects unexamined; invalid
(INSERT INTO accounts (id) VALUES (1))

-- primary: unknownSyntax; effects unexamined; invalid
WITH x

-- primary: writesRows; statements 2; invalid
SELECT 1 FROM x; UPDATE

