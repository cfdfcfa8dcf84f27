-- primary: changesSetting; effects setting
SET work_mem = '8MB'

-- primary: changesSetting; effects setting
SET work_mem TO DEFAULT

-- primary: changesSetting; effects setting
SET SESSION statement_timeout TO 1000

-- primary: changesSetting; effects setting
SET search_path TO public, shop

-- primary: changesSetting; effects setting
SET TIME ZONE 'UTC'

-- primary: changesSetting; effects setting
SET SESSION TIME ZONE LOCAL

-- primary: changesSetting; effects setting
SET NAMES 'UTF8'

-- primary: changesSetting; effects setting
SET app.tenant = '1'

-- primary: changesSetting; effects setting
SET session.tenant = '1'

-- primary: changesSetting; effects setting
SET local.tenant = '1'

-- primary: changesSetting; effects setting
SET "work_mem" = '8MB'

-- primary: changesSetting; effects setting
SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY

-- primary: changesSetting; effects setting
SET default_transaction_read_only = on

-- primary: changesSetting; effects setting temporaryObject
SET search_path = pg_temp, public

-- primary: changesSetting
SET LOCAL work_mem = '8MB'

-- primary: changesSetting
set local role postgres

-- primary: changesSetting
SET LOCAL TIME ZONE 'UTC'

-- primary: changesSetting
SET LOCAL app.tenant = '1'

-- primary: changesSetting
SET CONSTRAINTS ALL DEFERRED

-- primary: changesSetting; effects role
SET ROLE postgres

-- primary: changesSetting; effects role
SET SESSION ROLE postgres

-- primary: changesSetting; effects role
SET role TO 'postgres'

-- primary: changesSetting; effects role
SET "Role" = postgres

-- primary: changesSetting; effects role unexamined
SET SESSION AUTHORIZATION postgres

-- primary: changesSetting; effects role unexamined
SET SESSION SESSION AUTHORIZATION 'postgres'

-- primary: changesSetting; effects role unexamined
SET session_authorization = postgres

-- primary: changesSetting; effects resetRole
SET ROLE NONE

-- primary: changesSetting; effects resetRole
SET SESSION AUTHORIZATION DEFAULT

-- primary: changesSetting; effects resetRole
RESET ROLE

-- primary: changesSetting; effects resetRole
RESET SESSION AUTHORIZATION

-- primary: changesSetting; effects resetAll
RESET ALL

-- primary: changesSetting; effects resetAll
reset all;

-- primary: changesSetting; effects setting
RESET work_mem

-- primary: changesSetting; effects setting
RESET TIME ZONE

-- primary: changesSetting; effects setting; invalid
RESET "all"

-- primary: showsSetting
SHOW work_mem

-- primary: showsSetting
SHOW transaction_read_only

-- primary: showsSetting
SHOW TRANSACTION ISOLATION LEVEL

-- primary: showsSetting
SHOW ALL

-- primary: discards; effects discardAll mayRelease; alone
DISCARD ALL

-- primary: discards; effects discardAll mayRelease; alone
discard all ;

-- primary: discards; effects discardTemporary mayRelease
DISCARD TEMP

-- primary: discards; effects discardTemporary mayRelease
DISCARD TEMPORARY

-- primary: discards; effects mayRelease
DISCARD PLANS

-- primary: discards; effects mayRelease
DISCARD SEQUENCES

-- primary: notification; effects listen
LISTEN channel

-- primary: notification; effects listen
listen "Channel"

-- primary: notification; effects mayRelease
UNLISTEN channel

-- primary: notification; effects unlistenAll mayRelease
UNLISTEN *

-- primary: notification; effects unlistenAll mayRelease
UNLISTEN*;

-- primary: notification
NOTIFY channel, 'payload'

-- primary: cursor
DECLARE c CURSOR FOR SELECT * FROM accounts

-- primary: cursor; effects holdCursor
DECLARE c CURSOR WITH HOLD FOR SELECT * FROM accounts

-- primary: cursor; effects holdCursor
DECLARE c BINARY INSENSITIVE NO SCROLL CURSOR WITH HOLD FOR SELECT 1

-- primary: cursor
DECLARE c CURSOR WITHOUT HOLD FOR SELECT 1

-- primary: cursor; effects sequence
DECLARE c CURSOR FOR SELECT nextval('order_numbers')

-- primary: cursor; after DECLARE c CURSOR FOR SELECT 1
FETCH ALL FROM c

-- primary: cursor; after DECLARE c CURSOR FOR SELECT 1
FETCH 1 FROM c

-- primary: cursor; after DECLARE c CURSOR FOR SELECT 1
MOVE NEXT IN c

-- primary: cursor; effects mayRelease; after DECLARE c CURSOR FOR SELECT 1
CLOSE c

-- primary: cursor; effects closeAll mayRelease
CLOSE ALL

-- primary: sqlPrepared; effects sqlPrepared usesPreparedName
PREPARE q AS SELECT * FROM accounts

-- primary: sqlPrepared; effects sqlPrepared usesPreparedName
PREPARE q (int, text) AS INSERT INTO accounts (id, owner) VALUES ($1, $2)

-- primary: sqlPrepared; effects usesPreparedName; after PREPARE q (int) AS SELECT $1
EXECUTE q (1)

-- primary: sqlPrepared; effects usesPreparedName mayRelease; after PREPARE q AS SELECT 1
DEALLOCATE q

-- primary: sqlPrepared; effects usesPreparedName mayRelease; after PREPARE q AS SELECT 1
DEALLOCATE PREPARE q

-- primary: sqlPrepared; effects deallocateAll mayRelease
DEALLOCATE ALL

-- primary: sqlPrepared; effects deallocateAll mayRelease
DEALLOCATE PREPARE ALL

-- primary: sqlPrepared; effects usesPreparedName mayRelease; after PREPARE "all" AS SELECT 1
DEALLOCATE "all"

-- primary: changesSetting; effects setting; by SET
SET role.x = 1;

-- primary: sqlPrepared; effects sqlPrepared usesPreparedName setting unexamined
PREPARE r AS SELECT set_config('a.b', 'c', false);

-- primary: sqlPrepared; effects sqlPrepared usesPreparedName sequence
PREPARE s AS SELECT nextval('order_numbers');

-- primary: changesSchema; effects usesPreparedName temporaryObject mayRelease; after PREPARE q AS SELECT 1
CREATE TEMP TABLE executed ON COMMIT DROP AS EXECUTE q;

-- primary: anonymousBlock; effects readsSequence; not run
DO $$ BEGIN PERFORM lastval(); END $$;

-- primary: anonymousBlock; effects usesPreparedName mayRelease; not run
DO $$ BEGIN EXECUTE 'EXECUTE q'; END $$;

-- primary: anonymousBlock; effects setting
DO $$ BEGIN EXECUTE E'SELECT 1;\nSET a.b = 1'; END $$;

-- primary: anonymousBlock; effects mayRelease
DO $$ BEGIN DROP TABLE IF EXISTS no_such_table; END $$;
