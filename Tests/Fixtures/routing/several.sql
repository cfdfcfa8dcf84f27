-- replica: plainRead; statements 2
SELECT 1; SELECT 2

-- replica: plainRead; statements 2
SELECT 1; SELECT 2;

-- replica: plainRead; statements 3
;SELECT 1;; TABLE accounts; VALUES (1);

-- primary: writesRows; statements 2; by INSERT
SELECT 1; INSERT INTO accounts (id) VALUES (9300)

-- primary: writesRows; statements 2; by DELETE
DELETE FROM items; SELECT 1

-- primary: changesSetting; statements 2; effects setting
SET work_mem = '8MB'; SELECT 1

-- primary: changesSetting; statements 2
SET LOCAL work_mem = '8MB'; SELECT 1

-- primary: transactionControl; statements 3; transaction other; alone
BEGIN; SELECT 1; COMMIT

-- primary: transactionControl; statements 2; transaction other; alone
SELECT 1; BEGIN READ ONLY

-- primary: transactionControl; statements 2; transaction other; alone
BEGIN READ ONLY; SELECT 1

-- primary: notification; statements 2; effects listen mayRelease
UNLISTEN *; LISTEN channel

-- primary: notification; statements 2; effects listen mayRelease
LISTEN channel; UNLISTEN *

-- primary: changesSetting; statements 2; effects resetAll resetRole
RESET ROLE; RESET ALL

-- primary: transactionControl; statements 3; effects setting role; transaction other
BEGIN; RESET ALL; RESET ROLE

-- primary: transactionControl; statements 2; effects deallocateAll mayRelease; transaction other
BEGIN; DEALLOCATE ALL

-- primary: changesSetting; statements 2; effects setting advisoryLock
RESET ALL; SELECT pg_advisory_lock(1)

-- primary: advancesSequence; statements 2; effects sequence
SELECT 1; SELECT nextval('order_numbers')

-- primary: changesSchema; statements 2; effects temporaryObject
CREATE TEMP TABLE session_table (id int); SELECT * FROM session_table

-- primary: advisoryLock; statements 2; effects advisoryLock mayRelease
SELECT pg_advisory_lock(1); SELECT pg_advisory_unlock_all()

-- primary: unknownStatement; statements 2; effects unexamined; invalid
SELECT 1; FROBNICATE

-- replica: plainRead; statements 2
SELECT ';'; SELECT $$;$$ /* ; */ -- ;

-- primary: advisoryLock; statements 4; effects unlockAll closeAll unlistenAll resetAll mayRelease
SELECT pg_advisory_unlock_all();
CLOSE ALL;
UNLISTEN *;
RESET ALL;
