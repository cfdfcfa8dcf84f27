--! read: several reads
SELECT 1; SELECT 2
SELECT name FROM customers WHERE id = 1; SELECT count(*) FROM orders;
SELECT 1;; TABLE shop.products; VALUES (1)
SELECT customer_name(1); SELECT tax(2)
SELECT ';'; SELECT $$;$$; -- SELECT 3;
COPY shop.products TO STDOUT; SELECT 1
EXPLAIN (COSTS OFF) SELECT 1; SELECT 2

--! primary: a write among others
SELECT 1; INSERT INTO scratch VALUES (1, 's')
INSERT INTO scratch VALUES (1, 's'); SELECT count(*) > 0 FROM scratch
SELECT 1; SELECT 2; SELECT log_visit('last')
SELECT * FROM noting_customers; SELECT 1
SELECT 1; SELECT * FROM over_noting; SELECT 2
SELECT 1; SELECT nextval('numbers')
SELECT 1; SET work_mem = '9MB'
SET search_path = shop, public; SELECT rate(1)
SELECT 1; SELECT pg_advisory_lock(3)
SELECT set_config('search_path', 'shop, public', false); SELECT rate(1)
CREATE TEMP TABLE x (id int); SELECT * FROM x
SELECT 1; DO $$ BEGIN PERFORM log_visit('do'); END $$
SELECT * FROM customers WHERE id = 1; SELECT * FROM customers WHERE id = 1 FOR UPDATE
SELECT 1; COPY scratch FROM STDIN; SELECT 2
SELECT count(*) FROM cache_entries; SELECT 1
SELECT 1; SELECT 'a'::audited
SELECT 1; SELECT c.touch FROM customers c WHERE c.id = 1
DELETE FROM scratch; DELETE FROM scratch

--! primary: transactions in one string | alone
BEGIN; INSERT INTO scratch VALUES (1, 't'); COMMIT
BEGIN; SELECT log_visit('block'); END
BEGIN; INSERT INTO scratch VALUES (1, 'r'); ROLLBACK
BEGIN; SELECT 1; SELECT nextval('numbers'); COMMIT
SELECT 1; BEGIN; DELETE FROM scratch; COMMIT; SELECT 2

--! caution: a transaction of reads in one string | alone
BEGIN; SELECT count(*) FROM customers; COMMIT
BEGIN READ ONLY; SELECT 1; COMMIT
START TRANSACTION; SELECT name FROM customers WHERE id = 2; ROLLBACK

--! primary: refused: an error among others
SELECT 1; SELECT 1 / 0; INSERT INTO scratch VALUES (1)
INSERT INTO scratch VALUES (1); SELECT 1 / 0
SELECT 1; SELEC 2

