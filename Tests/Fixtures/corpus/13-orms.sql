--! read: Ecto
SELECT c0."id", c0."name", c0."email" FROM "customers" AS c0 WHERE (c0."id" = 3)
SELECT c0."id", c0."name" FROM "customers" AS c0 WHERE (c0."id" = ANY('{1,2,3}')) ORDER BY c0."id"
SELECT count(c0."id") FROM "customers" AS c0
SELECT count('*') FROM "orders" AS o0 WHERE (o0."status" = 'open')
SELECT TRUE FROM "customers" AS c0 WHERE (c0."name" = 'customer 1') LIMIT 1
SELECT o0."id", o0."total", o0."customer_id", o0."customer_id" FROM "orders" AS o0 WHERE (o0."customer_id" = ANY('{1,2}')) ORDER BY o0."customer_id", o0."id"
SELECT c0."name", o1."total" FROM "customers" AS c0 INNER JOIN "orders" AS o1 ON o1."customer_id" = c0."id" WHERE (o1."total" > 290) ORDER BY o1."total" DESC LIMIT 5 OFFSET 0
SELECT s0."n" FROM (SELECT so0."id" AS "n" FROM "orders" AS so0 WHERE (so0."id" < 4)) AS s0 ORDER BY s0."n"
WITH RECURSIVE "tree" AS ((SELECT sc0."id" AS "id" FROM "customers" AS sc0 WHERE (sc0."id" = 1)) UNION ALL (SELECT sc0."id" AS "id" FROM "customers" AS sc0 INNER JOIN "tree" AS st1 ON sc0."manager_id" = st1."id")) SELECT count(*) FROM "tree" AS t0
SELECT c0."id" FROM "customers" AS c0 WHERE (c0."id" IN (SELECT so0."customer_id" FROM "orders" AS so0 WHERE (so0."total" > 295))) ORDER BY c0."id"
SELECT coalesce(sum(o0."total"), 0::numeric), avg(o0."total") FILTER (WHERE o0."status" = 'paid') FROM "orders" AS o0
SELECT c0."id", row_number() OVER "w" FROM "customers" AS c0 WINDOW "w" AS (PARTITION BY c0."mood" ORDER BY c0."id") ORDER BY c0."id" LIMIT 4
SELECT e0."id", e0."day" FROM "events" AS e0 WHERE (e0."day" > (timestamp '2024-07-01' + (interval '1 day' * -3))::date) ORDER BY e0."id" LIMIT 3
(SELECT c0."id" FROM "customers" AS c0 WHERE c0."id" < 3) UNION (SELECT p0."id" FROM "shop"."products" AS p0 WHERE p0."id" < 3) ORDER BY 1
SELECT c0."profile"#>'{"level"}' FROM "customers" AS c0 WHERE ((c0."profile"#>'{"n"}')::int < 3) ORDER BY c0."id"

--! read: Ecto, with parameters | with 3
SELECT c0."id", c0."name" FROM "customers" AS c0 WHERE (c0."id" = $1)
SELECT o0."id" FROM "orders" AS o0 WHERE (o0."customer_id" = $1) ORDER BY o0."id" DESC LIMIT 1
SELECT count(*) FROM "customers" AS c0 WHERE (c0."id" < $1::int)

--! read: Ecto, with more parameters | with {1,2,3}
SELECT o0."id", o0."customer_id" FROM "orders" AS o0 WHERE (o0."customer_id" = ANY($1)) ORDER BY o0."customer_id", o0."id"

--! primary: Ecto
INSERT INTO "scratch" ("id","text") VALUES (1,'ecto') RETURNING "id"
INSERT INTO "keyed" AS k0 ("id","text") VALUES (1,'x') ON CONFLICT ("id") DO UPDATE SET "text" = EXCLUDED."text" RETURNING "n"
UPDATE "keyed" AS k0 SET "n" = k0."n" + 1 WHERE (k0."id" = 3)
DELETE FROM "scratch" AS s0 WHERE (s0."id" = 99)
SELECT c0."id" FROM "customers" AS c0 WHERE (c0."id" = 1) FOR UPDATE
SELECT c0."id" FROM "customers" AS c0 ORDER BY c0."id" LIMIT 1 FOR UPDATE SKIP LOCKED
LOCK TABLE "scratch" IN SHARE UPDATE EXCLUSIVE MODE
SELECT pg_try_advisory_lock(8342345)
CREATE TABLE IF NOT EXISTS "scratch_migrations" ("version" bigint, "inserted_at" timestamp(0), PRIMARY KEY ("version"))
INSERT INTO "scratch" ("id","text") VALUES (1, 'a'),(2, 'a'),(3, 'a')

--! primary: Ecto, with parameters | with 1, x
INSERT INTO "scratch" ("id","text") VALUES ($1,$2) RETURNING "id"
UPDATE "keyed" SET "text" = $2 WHERE "id" = $1
INSERT INTO "scratch" ("id","text") VALUES ($1,$2),($1,$2) ON CONFLICT DO NOTHING

--! read: ActiveRecord
SELECT "customers".* FROM "customers" WHERE "customers"."id" = 3 LIMIT 1
SELECT 1 AS one FROM "customers" WHERE "customers"."name" = 'customer 2' LIMIT 1
SELECT COUNT(*) FROM "orders" WHERE "orders"."customer_id" = 4
SELECT COUNT(count_column) FROM (SELECT 1 AS count_column FROM "orders" LIMIT 5) subquery_for_count
SELECT "orders"."status", COUNT(*) AS "count_all" FROM "orders" GROUP BY "orders"."status" ORDER BY "orders"."status"
SELECT DISTINCT "customers"."id", "customers"."name" AS alias_0 FROM "customers" LEFT OUTER JOIN "orders" ON "orders"."customer_id" = "customers"."id" WHERE "orders"."total" > 280 ORDER BY "customers"."name" ASC LIMIT 3
SELECT "customers"."id" AS t0_r0, "customers"."name" AS t0_r1, "orders"."id" AS t1_r0 FROM "customers" LEFT OUTER JOIN "orders" ON "orders"."customer_id" = "customers"."id" WHERE "customers"."id" IN (1, 2) ORDER BY 1, 3
SELECT MAX("orders"."total") FROM "orders" /*application:Shop,controller:orders,action:index*/
SELECT "customers"."name" FROM "customers" WHERE ("customers"."name" ILIKE '%mer 3%') AND "customers"."id" != 3 ORDER BY "customers"."id" DESC
SELECT "orders".* FROM "orders" INNER JOIN "customers" ON "customers"."id" = "orders"."customer_id" WHERE "customers"."mood" = 'sad' AND "orders"."placed" BETWEEN '2024-01-01' AND '2024-01-08' ORDER BY "orders"."id"
SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a WHERE a.attrelid = '"customers"'::regclass AND a.attnum > 0 ORDER BY a.attnum
SELECT "customers".* FROM "customers" WHERE (profile @> '{"level": 1}') ORDER BY "customers"."id" LIMIT 2

--! primary: ActiveRecord
INSERT INTO "scratch" ("id", "text") VALUES (1, 'rails') RETURNING "id"
UPDATE "keyed" SET "n" = COALESCE("keyed"."n", 0) + 1 WHERE "keyed"."id" = 4
DELETE FROM "scratch" WHERE "scratch"."id" = 5
SELECT "customers".* FROM "customers" WHERE "customers"."id" = 1 LIMIT 1 FOR UPDATE
SELECT pg_try_advisory_lock(2053462845396012345)
SELECT pg_try_advisory_lock(2053462845396012345) AS locked /* with_advisory_lock */
SELECT nextval('"public"."numbers"')
INSERT INTO "keyed" ("id","text") VALUES (1, 'x') ON CONFLICT ("id") DO UPDATE SET "text"=excluded."text" RETURNING "id"
SET client_min_messages TO 'warning'
SET standard_conforming_strings = on; SET lock_timeout = '1s'

--! read: Django
SELECT "customers"."id", "customers"."name" FROM "customers" WHERE "customers"."id" = 3 LIMIT 21
SELECT COUNT(*) AS "__count" FROM "customers"
SELECT (1) AS "a" FROM "customers" WHERE "customers"."id" = 3 LIMIT 1
SELECT "orders"."id", "orders"."total", "customers"."id", "customers"."name" FROM "orders" INNER JOIN "customers" ON ("orders"."customer_id" = "customers"."id") WHERE ("customers"."name"::text LIKE 'customer 1%' AND "orders"."total" >= '250') ORDER BY "orders"."id" ASC
SELECT "customers"."id", COUNT("orders"."id") AS "n" FROM "customers" LEFT OUTER JOIN "orders" ON ("customers"."id" = "orders"."customer_id") GROUP BY "customers"."id" HAVING COUNT("orders"."id") > 5 ORDER BY "customers"."id"
SELECT "customers"."id" FROM "customers" WHERE UPPER("customers"."name"::text) = UPPER('Customer 5')
SELECT DATE_TRUNC('month', "orders"."placed" AT TIME ZONE 'UTC') AS "m", SUM("orders"."total") AS "s" FROM "orders" GROUP BY 1 ORDER BY 1 ASC
SELECT EXTRACT('year' FROM "orders"."placed" AT TIME ZONE 'UTC') FROM "orders" WHERE "orders"."id" = 1
SELECT "customers"."id", EXISTS(SELECT 1 AS "a" FROM "orders" U0 WHERE U0."customer_id" = ("customers"."id") LIMIT 1) AS "has" FROM "customers" WHERE "customers"."id" < 4 ORDER BY 1
SELECT "customers"."id", ROW_NUMBER() OVER (ORDER BY "customers"."name" ASC) AS "r" FROM "customers" WHERE NOT ("customers"."mood" = 'sad' AND "customers"."mood" IS NOT NULL) ORDER BY 2 LIMIT 4
SELECT "customers"."id" FROM "customers" WHERE ("customers"."profile" -> 'level') = '2'::jsonb ORDER BY 1 LIMIT 3
SELECT "customers"."name", CASE WHEN "customers"."balance" > 300 THEN 'high' WHEN "customers"."balance" > 100 THEN 'mid' ELSE NULL END AS "c" FROM "customers" ORDER BY "customers"."id" LIMIT 40

--! primary: Django
INSERT INTO "scratch" ("id", "text") VALUES (1, 'django'), (2, 'django') RETURNING "scratch"."id"
UPDATE "keyed" SET "n" = ("keyed"."n" + 1) WHERE "keyed"."id" IN (1, 2)
SELECT "customers"."id" FROM "customers" WHERE "customers"."id" = 1 LIMIT 21 FOR UPDATE OF "customers" NOWAIT
DELETE FROM "scratch" WHERE "scratch"."id" IN (1, 2, 3)
INSERT INTO "keyed" ("id", "text") VALUES (2, 'x') ON CONFLICT DO NOTHING
SELECT setval(pg_get_serial_sequence('"audit"."log"','id'), coalesce(max("id"), 1), max("id") IS NOT null) FROM "audit"."log"

--! read: Hibernate and jOOQ
select c1_0.id,c1_0.balance,c1_0.name from customers c1_0 where c1_0.id=3
select c1_0.id,o1_0.customer_id,o1_0.id,o1_0.total from customers c1_0 left join orders o1_0 on c1_0.id=o1_0.customer_id where c1_0.id in (1,2) order by 1,3
select count(o1_0.id) from orders o1_0 where o1_0.status='paid' and o1_0.total>100
select c1_0.id from customers c1_0 where lower(c1_0.name) like 'customer 1%' escape '' order by c1_0.id offset 0 rows fetch first 3 rows only
select distinct o1_0.status from orders o1_0 where o1_0.placed>=timestamp with time zone '2024-01-01 00:00:00Z' order by 1
select "public"."customers"."id", "public"."customers"."name" from "public"."customers" where "public"."customers"."id" = 3
select count(*) from (select 1 as "one" from "public"."orders" where "public"."orders"."status" in ('open', 'paid')) as "q"
select cast(c1_0.id as varchar(10)),c1_0.mood from customers c1_0 where c1_0.id between 2 and 4 order by c1_0.id

--! primary: Hibernate and jOOQ
select nextval('numbers')
select nextval ('numbers')
insert into scratch (text,id) values ('h',1)
update keyed set n=1,text='h' where id=3 and n>=0
select c1_0.id,c1_0.name from customers c1_0 where c1_0.id=1 for update
select c1_0.id from customers c1_0 where c1_0.id=1 for no key update skip locked
call do_work(3)
insert into "public"."keyed" ("id", "text") values (3, 'j') on conflict ("id") do update set "text" = "excluded"."text" returning "public"."keyed"."id"

--! read: SQLAlchemy
SELECT customers.id, customers.name FROM customers WHERE customers.id = 3
SELECT customers_1.id AS customers_1_id, count(orders_1.id) AS count_1 FROM customers AS customers_1 JOIN orders AS orders_1 ON customers_1.id = orders_1.customer_id GROUP BY customers_1.id ORDER BY customers_1.id LIMIT 3
SELECT anon_1.id, anon_1.r FROM (SELECT customers.id AS id, rank() OVER (PARTITION BY customers.mood ORDER BY customers.balance DESC) AS r FROM customers) AS anon_1 WHERE anon_1.r = 1 ORDER BY 1
SELECT EXISTS (SELECT * FROM customers WHERE customers.name = 'customer 9') AS anon_1
SELECT customers.id FROM customers WHERE customers.id IN (1, 2, 3) AND customers.mood = 'ok'::mood ORDER BY customers.id
SELECT CAST(orders.total AS NUMERIC(10, 2)) AS total, orders.status || '-' || orders.id AS anon_1 FROM orders WHERE orders.id < 3 ORDER BY orders.id
WITH RECURSIVE anon_1(n) AS (SELECT 1 AS n UNION ALL SELECT anon_1.n + 1 AS anon_2 FROM anon_1 WHERE anon_1.n < 5) SELECT sum(anon_1.n) AS s FROM anon_1
SELECT customers.tags @> ARRAY['t1'] AS anon_1, customers.profile ->> 'n' AS anon_2 FROM customers WHERE customers.id = 1
SELECT pg_catalog.version() IS NOT NULL
select current_schema()
SELECT t.oid, typarray FROM pg_type t JOIN pg_namespace ns ON typnamespace = ns.oid WHERE typname = 'hstore'

--! primary: SQLAlchemy
INSERT INTO scratch (id, text) SELECT p0::INTEGER, p1::VARCHAR FROM (VALUES (1, 'a', 0), (2, 'b', 1)) AS imp_sen(p0, p1, sen_counter) ORDER BY sen_counter RETURNING scratch.id
UPDATE keyed SET n=(keyed.n + 1) WHERE keyed.id = 3 RETURNING keyed.n
SELECT customers.id FROM customers WHERE customers.id = 1 FOR SHARE
SELECT nextval('numbers'::regclass) AS next_value_1
DELETE FROM scratch WHERE scratch.id = 3

--! read: Prisma, Sequelize, TypeORM, Eloquent, EF Core, GORM
SELECT "public"."customers"."id", "public"."customers"."name" FROM "public"."customers" WHERE ("public"."customers"."id" = 3 AND 1=1) LIMIT 1 OFFSET 0
SELECT "public"."orders"."id" FROM "public"."orders" WHERE "public"."orders"."customer_id" IN (1,2) ORDER BY 1 OFFSET 0
SELECT COUNT(*) FROM (SELECT "public"."customers"."id" FROM "public"."customers" WHERE 1=1 OFFSET 0) AS "sub"
SELECT "t1"."id", "t1"."name", COALESCE("t1_orders"."__prisma_data__", '[]'::jsonb) AS "orders" FROM "public"."customers" AS "t1" LEFT JOIN LATERAL (SELECT COALESCE(JSONB_AGG("t5"."__prisma_data__"), '[]') AS "__prisma_data__" FROM (SELECT JSONB_BUILD_OBJECT('id', "t2"."id") AS "__prisma_data__" FROM "public"."orders" AS "t2" WHERE "t1"."id" = "t2"."customer_id" ORDER BY "t2"."id") AS "t5") AS "t1_orders" ON TRUE WHERE "t1"."id" = 2
SELECT "id", "name" FROM "customers" AS "Customer" WHERE "Customer"."id" = 2 LIMIT 1;
SELECT "Customer"."id", "Orders"."id" AS "Orders.id" FROM "customers" AS "Customer" LEFT OUTER JOIN "orders" AS "Orders" ON "Customer"."id" = "Orders"."customer_id" WHERE "Customer"."id" = 3 ORDER BY 2;
SELECT "Customer"."id" AS "Customer_id" FROM "public"."customers" "Customer" WHERE (("Customer"."id" = 4)) AND ("Customer"."name" IN ('customer 4')) LIMIT 1
SELECT DISTINCT "distinctAlias"."c_id" AS "ids_c_id" FROM (SELECT "c"."id" AS "c_id" FROM "customers" "c") "distinctAlias" ORDER BY "c_id" ASC LIMIT 2
select * from "customers" where "id" in (1, 2, 3) and "mood" is not null order by "id" asc limit 15 offset 0
select exists(select * from "orders" where "total" > 5) as "exists"
select "status", count(*) as aggregate from "orders" group by "status" having count(*) > 1 order by "status" asc
SELECT c."id", c."name" FROM "customers" AS c WHERE c."id" = 3 LIMIT 2
SELECT count(*)::int FROM customers AS c WHERE c.balance > 100.0
SELECT t.id, t0.id FROM (SELECT c.id FROM customers AS c ORDER BY c.id LIMIT 2) AS t LEFT JOIN orders AS t0 ON t.id = t0.customer_id ORDER BY t.id, t0.id
SELECT * FROM "customers" WHERE name = 'customer 3' AND "customers"."id" > 0 ORDER BY "customers"."id" LIMIT 1

--! primary: Prisma, Sequelize, TypeORM, Eloquent, EF Core, GORM
INSERT INTO "public"."scratch" ("id","text") VALUES (1,'p') RETURNING "public"."scratch"."id"
INSERT INTO "scratch" ("id","text") VALUES (1,'seq') RETURNING "id","text";
UPDATE "keyed" SET "n"=5 WHERE "id" = 5 RETURNING "id","n"
select * from "customers" where "id" = 1 limit 1 for update
insert into "scratch" ("id", "text") values (1, 'e') returning "id"
INSERT INTO scratch (id, text) VALUES (1, 'ef') RETURNING id;
INSERT INTO "scratch" ("id") VALUES (1) ON CONFLICT DO NOTHING RETURNING "id"
SELECT pg_advisory_lock(72707369)
START TRANSACTION;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
CREATE TYPE "prisma_enum" AS ENUM ('A'); DROP TYPE "prisma_enum"
WITH updated AS (UPDATE keyed SET n = n + 1 WHERE id = 6 RETURNING n) SELECT n FROM updated
UPDATE jobs SET state = 'running' WHERE id = (SELECT id FROM jobs WHERE state = 'done' ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id

--! read: reports
SELECT date_trunc('week', placed) AS week, status, count(*) AS n, sum(total) AS s, round(100.0 * sum(total) / sum(sum(total)) OVER (PARTITION BY date_trunc('week', placed)), 1) AS share FROM orders GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 12
WITH monthly AS (SELECT customer_id, date_trunc('month', placed) AS m, sum(total) AS t FROM orders GROUP BY 1, 2), ranked AS (SELECT *, rank() OVER (PARTITION BY m ORDER BY t DESC) AS r FROM monthly) SELECT c.name, r.m, r.t FROM ranked r JOIN customers c ON c.id = r.customer_id WHERE r.r = 1 ORDER BY r.m
SELECT c.mood, percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY o.total) FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.mood ORDER BY c.mood
SELECT d::date AS day, count(o.id) FROM generate_series(timestamptz '2024-01-01 00:00Z', timestamptz '2024-01-05 00:00Z', interval '1 day') d LEFT JOIN orders o ON o.placed >= d AND o.placed < d + interval '1 day' GROUP BY d ORDER BY d
SELECT c.id, c.name, latest.placed FROM customers c CROSS JOIN LATERAL (SELECT o.placed FROM orders o WHERE o.customer_id = c.id ORDER BY o.placed DESC LIMIT 1) latest WHERE c.id < 6 ORDER BY c.id
SELECT status, array_agg(total ORDER BY total DESC) FILTER (WHERE total > 290) AS top FROM orders GROUP BY status ORDER BY status
SELECT json_build_object('customers', (SELECT json_agg(json_build_object('id', c.id, 'orders', (SELECT count(*) FROM orders o WHERE o.customer_id = c.id))) FROM (SELECT * FROM customers ORDER BY id LIMIT 3) c))
SELECT a.id, b.id, similarity(a.name, b.name) FROM customers a JOIN customers b ON a.id < b.id AND a.name % b.name WHERE a.id < 3 AND b.id < 6 ORDER BY 1, 2
SELECT kind, width_bucket(id, 0, 50, 5) AS bucket, count(*) FROM events GROUP BY CUBE (1, 2) ORDER BY 1, 2
SELECT coalesce(nullif(trim(both ' ' from name), ''), '?') || CASE WHEN balance > 300 THEN '*' ELSE '' END FROM customers WHERE (balance, id) > (200, 5) ORDER BY balance DESC, id FETCH NEXT 4 ROWS ONLY
