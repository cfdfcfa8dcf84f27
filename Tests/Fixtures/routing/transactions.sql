-- primary: transactionControl; transaction begin; alone
BEGIN

-- primary: transactionControl; transaction begin; alone
begin;

-- primary: transactionControl; transaction begin; alone
BEGIN WORK

-- primary: transactionControl; transaction begin; alone
BEGIN TRANSACTION;;

-- primary: transactionControl; transaction begin; alone
START TRANSACTION

-- primary: transactionControl; transaction begin readOnly; alone
BEGIN READ ONLY

-- primary: transactionControl; transaction begin readOnly; alone
/* x */ begin transaction read /* y */ only -- z

-- primary: transactionControl; transaction begin readWrite; alone
BEGIN READ WRITE

-- primary: transactionControl; transaction begin repeatableRead readOnly; alone
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY

-- primary: transactionControl; transaction begin repeatableRead readOnly; alone
BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY

-- primary: transactionControl; transaction begin serializable readOnly deferrable; alone
START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE

-- primary: transactionControl; transaction begin readCommitted; alone
BEGIN ISOLATION LEVEL READ COMMITTED

-- primary: transactionControl; transaction begin readUncommitted; alone
BEGIN ISOLATION LEVEL READ UNCOMMITTED NOT DEFERRABLE

-- primary: transactionControl; transaction other; alone; invalid
BEGIN READ ONLY,

-- primary: transactionControl; transaction other; alone; invalid
BEGIN , READ ONLY

-- primary: transactionControl; transaction other; alone; invalid
BEGIN READ

-- primary: transactionControl; transaction other; alone
BEGIN READ ONLY, READ WRITE

-- primary: transactionControl; transaction other; alone; invalid
BEGIN ISOLATION LEVEL SNAPSHOT

-- primary: transactionControl; transaction other; alone; invalid
BEGIN foo

-- primary: transactionControl; transaction other; alone; invalid
START

-- primary: transactionControl; transaction commit
COMMIT

-- primary: transactionControl; transaction commit
END

-- primary: transactionControl; transaction commit
COMMIT WORK;

-- primary: transactionControl; transaction commit
END TRANSACTION AND NO CHAIN

-- primary: transactionControl; transaction other; after BEGIN
COMMIT AND CHAIN

-- primary: transactionControl; transaction rollback
ROLLBACK

-- primary: transactionControl; transaction rollback
ABORT TRANSACTION

-- primary: transactionControl; transaction rollback
ROLLBACK WORK AND NO CHAIN

-- primary: transactionControl; transaction other; after BEGIN
ROLLBACK AND CHAIN

-- primary: transactionControl; transaction other; after BEGIN; after SAVEPOINT a
ROLLBACK TO SAVEPOINT a

-- primary: transactionControl; transaction other; after BEGIN; after SAVEPOINT a
ROLLBACK TO a

-- primary: transactionControl; transaction other; after BEGIN
SAVEPOINT a

-- primary: transactionControl; transaction other; after BEGIN; after SAVEPOINT a
RELEASE a

-- primary: transactionControl; transaction other; not run
PREPARE TRANSACTION 'x'

-- primary: transactionControl; transaction other; not run
COMMIT PREPARED 'x'

-- primary: transactionControl; transaction other; not run
ROLLBACK PREPARED 'x'

-- primary: changesSetting; transaction setTransaction readOnly; after BEGIN
SET TRANSACTION READ ONLY

-- primary: changesSetting; transaction setTransaction repeatableRead readOnly; after BEGIN
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;

-- primary: changesSetting; transaction setTransaction serializable; after BEGIN
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE

-- primary: changesSetting; transaction other; not run
SET TRANSACTION SNAPSHOT '00000003-0000001B-1'

-- primary: changesSetting; transaction other; after BEGIN
SET LOCAL TRANSACTION READ ONLY

-- primary: changesSetting; transaction other; after BEGIN
SET SESSION TRANSACTION READ ONLY
