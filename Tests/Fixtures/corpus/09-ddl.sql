--! primary: CREATE | undo DROP TABLE IF EXISTS made CASCADE
CREATE TABLE made (id serial PRIMARY KEY, text text DEFAULT 'x', CHECK (id > 0))
CREATE TABLE IF NOT EXISTS made (id int GENERATED ALWAYS AS IDENTITY, total int GENERATED ALWAYS AS (1 + 1) STORED)
CREATE UNLOGGED TABLE made (id int)
CREATE TABLE made (id int) PARTITION BY HASH (id)
CREATE TABLE made () INHERITS (vehicles)
CREATE TABLE public.made AS SELECT id, name FROM customers WITH DATA
create table "made" ("id" bigserial, primary key ("id"))

--! primary: CREATE FOREIGN TABLE | undo DROP FOREIGN TABLE IF EXISTS made_foreign
CREATE FOREIGN TABLE made_foreign (id int) SERVER loopback

--! primary: CREATE VIEW and kin | undo DROP VIEW IF EXISTS made_view | undo DROP MATERIALIZED VIEW IF EXISTS made_mat
CREATE VIEW made_view AS SELECT 1 AS a
CREATE OR REPLACE VIEW made_view AS SELECT * FROM customers
CREATE OR REPLACE RECURSIVE VIEW made_view (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM made_view WHERE n < 3
CREATE MATERIALIZED VIEW made_mat AS SELECT count(*) FROM orders

--! primary: CREATE of all sorts | undo DROP SCHEMA IF EXISTS made_schema CASCADE
CREATE SCHEMA made_schema
CREATE SCHEMA IF NOT EXISTS made_schema AUTHORIZATION app
CREATE SCHEMA made_schema CREATE TABLE t (id int) CREATE VIEW v AS SELECT * FROM t

--! primary: CREATE FUNCTION and kin | undo DROP FUNCTION IF EXISTS made_function(int) | undo DROP PROCEDURE IF EXISTS made_procedure() | undo DROP TYPE IF EXISTS made_type | undo DROP DOMAIN IF EXISTS made_domain | undo DROP SEQUENCE IF EXISTS made_sequence | undo DROP OPERATOR IF EXISTS <+> (int, int)
CREATE FUNCTION made_function(i int) RETURNS int LANGUAGE sql AS 'SELECT i'
CREATE OR REPLACE FUNCTION made_function(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN i; END $$
CREATE FUNCTION made_function(i int) RETURNS int RETURN i + 1
CREATE FUNCTION made_function(i int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT i; END
CREATE PROCEDURE made_procedure() LANGUAGE sql AS 'SELECT 1'
CREATE TYPE made_type AS ENUM ('a', 'b')
CREATE TYPE made_type AS (a int, b text)
CREATE TYPE made_type AS RANGE (subtype = float8)
CREATE DOMAIN made_domain AS text NOT NULL CHECK (length(VALUE) > 0)
CREATE SEQUENCE made_sequence START 5 OWNED BY NONE
CREATE OPERATOR <+> (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl)

--! primary: indexes and constraints | undo DROP INDEX IF EXISTS made_index | undo ALTER TABLE keyed DROP CONSTRAINT IF EXISTS made_constraint | undo DROP STATISTICS IF EXISTS made_statistics | undo ALTER TABLE keyed DROP COLUMN IF EXISTS made_column | undo DROP TRIGGER IF EXISTS made_trigger ON keyed | undo DROP POLICY IF EXISTS made_policy ON notes | undo DROP RULE IF EXISTS made_rule ON keyed
CREATE INDEX made_index ON keyed (text)
CREATE UNIQUE INDEX IF NOT EXISTS made_index ON keyed USING btree (lower(text), id) WHERE id > 0
CREATE STATISTICS made_statistics ON id, text FROM keyed
ALTER TABLE keyed ADD CONSTRAINT made_constraint CHECK (id > 0)
ALTER TABLE keyed ADD COLUMN made_column int DEFAULT 5
ALTER TABLE IF EXISTS ONLY public.keyed ADD COLUMN IF NOT EXISTS made_column text
CREATE TRIGGER made_trigger BEFORE UPDATE ON keyed FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()
CREATE POLICY made_policy ON notes FOR SELECT USING (true)
CREATE RULE made_rule AS ON UPDATE TO keyed WHERE NEW.id < 0 DO INSTEAD NOTHING

--! primary: ALTER, COMMENT, GRANT
ALTER TABLE scratch ALTER COLUMN text SET DEFAULT 'x'
ALTER TABLE scratch ALTER COLUMN text DROP DEFAULT
ALTER TABLE scratch SET (fillfactor = 90)
ALTER SEQUENCE numbers INCREMENT 1
ALTER FUNCTION tax(numeric) IMMUTABLE
ALTER VIEW customer_names SET (security_barrier = false)
ALTER DOMAIN positive DROP NOT NULL
ALTER TABLE notes ENABLE ROW LEVEL SECURITY
COMMENT ON TABLE scratch IS 'written to'
GRANT SELECT ON customers TO other
REVOKE SELECT ON customers FROM PUBLIC
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO other
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ok'
ALTER TABLE scratch RENAME COLUMN id TO id2; ALTER TABLE scratch RENAME COLUMN id2 TO id
ANALYZE customers
ANALYZE
ANALYZE VERBOSE orders (id, total)
CLUSTER keyed USING keyed_pkey
REINDEX TABLE keyed
REINDEX INDEX keyed_pkey

--! primary: DDL that finds nothing to do | because the primary says what there is
DROP TABLE IF EXISTS no_such_table
DROP INDEX IF EXISTS no_such_index, no_other_index
DROP FUNCTION IF EXISTS no_such_function(int)
ALTER TABLE IF EXISTS no_such_table ADD COLUMN x int

--! primary: maintenance | alone
VACUUM keyed
VACUUM (ANALYZE, VERBOSE false) scratch
VACUUM FULL scratch
REINDEX TABLE CONCURRENTLY keyed
CREATE INDEX CONCURRENTLY IF NOT EXISTS keyed_text_index ON keyed (text)
DROP INDEX CONCURRENTLY IF EXISTS keyed_text_index

--! primary: a superuser's | as postgres | because they change the server, not the database
CHECKPOINT
ALTER SYSTEM SET work_mem = '4MB'
ALTER SYSTEM RESET work_mem
SELECT pg_reload_conf()
SELECT pg_rotate_logfile()
SELECT pg_stat_reset()
SELECT pg_switch_wal() IS NOT NULL
COPY customers TO '/dev/null'
COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'
ALTER ROLE other SET work_mem = '4MB'
ALTER ROLE other RESET work_mem
SELECT pg_create_restore_point('corpus') IS NOT NULL
