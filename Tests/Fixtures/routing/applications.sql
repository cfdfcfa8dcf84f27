-- replica: plainRead
SELECT "accounts".* FROM "accounts" WHERE "accounts"."id" = $1 LIMIT $2

-- replica: plainRead
SELECT COUNT(*) AS "__count" FROM "accounts" INNER JOIN "orders" ON ("accounts"."id" = "orders"."account_id") WHERE ("orders"."total" >= 10 AND UPPER("accounts"."owner"::text) LIKE UPPER('%x%'))

-- replica: plainRead
SELECT accounts_1.id AS accounts_1_id, accounts_1.owner AS accounts_1_owner, anon_1.total_1 AS anon_1_total_1 FROM accounts AS accounts_1 LEFT OUTER JOIN (SELECT orders.account_id AS account_id, sum(orders.total) AS total_1 FROM orders GROUP BY orders.account_id) AS anon_1 ON accounts_1.id = anon_1.account_id WHERE accounts_1.balance > $1::NUMERIC(12, 2) ORDER BY accounts_1.id LIMIT $2::INTEGER

-- replica: plainRead
select a1_0.id, a1_0.balance, a1_0.owner from accounts a1_0 where a1_0.owner = $1 and a1_0.opened >= $2 order by a1_0.id fetch first $3 rows only

-- replica: plainRead
SELECT 1 AS one FROM "accounts" WHERE "accounts"."owner" = $1 LIMIT $2

-- replica: plainRead
SELECT t0."id", t0."total" FROM "public"."orders" AS t0 WHERE (t0."account_id" = $1 AND t0."id" IN (SELECT t1."order_id" FROM "public"."items" AS t1 WHERE t1."price" > $2)) ORDER BY t0."id" ASC OFFSET $3

-- replica: plainRead
SELECT date_trunc('month', placed_at)::date AS month, count(*)::int, round(avg(total), 2) FROM orders GROUP BY 1 ORDER BY 1

-- replica: plainRead
SELECT json_agg(row_to_json(t)) FROM (SELECT id, owner FROM accounts) t

-- replica: plainRead
SELECT jsonb_build_object('id', id, 'owner', owner), to_jsonb(accounts) FROM accounts

-- replica: plainRead
SELECT abalance FROM (SELECT 1 AS aid, 2 AS abalance) pgbench_accounts WHERE aid = 42;

-- primary: locksRows
SELECT "accounts".* FROM "accounts" WHERE "accounts"."id" = $1 LIMIT $2 FOR UPDATE

-- primary: writesRows
INSERT INTO "accounts" ("id", "owner", "balance") VALUES (9400 + COALESCE($1, 0), $2, COALESCE($3, 0)) RETURNING "accounts"."id"

-- primary: writesRows
UPDATE "accounts" SET "balance" = ("accounts"."balance" + $1) WHERE "accounts"."id" = $2

-- primary: advisoryLock; effects advisoryLock
SELECT pg_try_advisory_lock(2053462845396012345)

-- primary: setsConfiguration
SELECT set_config('app.tenant_id', $1, true)

-- primary: advisoryLock
select pg_advisory_xact_lock(hashtextextended($1, 0))

-- primary: writingQuery
WITH job AS (UPDATE orders SET status = 'taken' WHERE id = (SELECT id FROM orders WHERE status = 'open' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING *) SELECT * FROM job
