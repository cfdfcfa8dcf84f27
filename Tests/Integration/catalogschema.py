"""A schema with something of every kind that the catalog knows and the text cannot tell."""

SCHEMA = """
CREATE SCHEMA app;
CREATE SCHEMA "Mixed Case";
CREATE SCHEMA counted;
GRANT ALL ON SCHEMA app, "Mixed Case", counted TO PUBLIC;
SET search_path = app;

CREATE TABLE users (id int PRIMARY KEY, name text, email text, v int, scratch int);
INSERT INTO users VALUES (1, 'one', 'one@example.org', 1, 1);
CREATE TABLE log (at timestamptz, what int);

CREATE FUNCTION write_log(int) RETURNS int LANGUAGE sql
    AS 'INSERT INTO app.log VALUES (now(), $1) RETURNING what';
CREATE FUNCTION quiet(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql STABLE AS 'SELECT 2 * $1';
CREATE FUNCTION twice(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * $2';
CREATE FUNCTION twice(int, int, int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
CREATE FUNCTION with_default(int, int DEFAULT app.quiet(1)) RETURNS int
    LANGUAGE sql STABLE AS 'SELECT $1 + $2';
CREATE FUNCTION at_least(VARIADIC int[]) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]';
CREATE FUNCTION "Mixed Case"."Do It"() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION "Mixed Case"."do it"() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1';
CREATE FUNCTION lower(users) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN $1.name; END';
CREATE FUNCTION shout(users) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN $1.name; END';
CREATE FUNCTION whisper(users) RETURNS text LANGUAGE sql STABLE AS 'SELECT $1.name';
CREATE FUNCTION counted.where_am_i() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1';
CREATE FUNCTION public.where_am_i() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION body(int) RETURNS int LANGUAGE sql STABLE BEGIN ATOMIC SELECT app.quiet($1); END;

CREATE FUNCTION add_volatile(int, int) RETURNS int LANGUAGE plpgsql
    AS 'BEGIN RETURN $1 + $2; END';
CREATE AGGREGATE good_sum(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
CREATE AGGREGATE bad_sum(int) (SFUNC = add_volatile, STYPE = int, INITCOND = '0');
CREATE OPERATOR @@@@ (LEFTARG = int, RIGHTARG = int, FUNCTION = add_volatile);
CREATE OPERATOR <<>> (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl);

CREATE VIEW fine AS SELECT id, app.twice(id) AS two FROM users;
CREATE VIEW v AS SELECT id, app.quiet(id) AS x FROM users;
CREATE VIEW w AS SELECT * FROM v;
CREATE VIEW ww AS SELECT * FROM w JOIN users u USING (id);
CREATE VIEW activity AS SELECT pid FROM pg_stat_activity;
CREATE VIEW drawn AS SELECT random() AS r, gen_random_uuid() AS u;
CREATE VIEW locking AS SELECT id FROM users WHERE pg_try_advisory_xact_lock(id);
CREATE VIEW locked AS SELECT id FROM users FOR SHARE;
CREATE VIEW mine AS SELECT id FROM users WHERE name = current_setting('app.who', true)
    OR current_setting('app.who', true) IS NULL;
CREATE VIEW tuned AS SELECT id FROM users WHERE current_setting('work_mem') <> '';
CREATE MATERIALIZED VIEW snapshot AS SELECT * FROM v;

CREATE UNLOGGED TABLE scratch (id int);
CREATE TABLE public.scratch (id int);
CREATE TABLE parted (id int) PARTITION BY LIST (id);
CREATE TABLE parted_one PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE mixed (id int) PARTITION BY LIST (id);
CREATE TABLE mixed_one PARTITION OF mixed FOR VALUES IN (1);
CREATE UNLOGGED TABLE mixed_two PARTITION OF mixed FOR VALUES IN (2);
CREATE SEQUENCE numbers;
CREATE VIEW over_scratch AS SELECT * FROM scratch;

CREATE TABLE guarded (id int, owner text);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON guarded USING (app.quiet(id) = id);
CREATE TABLE tenants (id int, owner text);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON tenants USING (owner = current_setting('app.who', true));
CREATE TABLE written (id int, owner text);
ALTER TABLE written ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON written FOR INSERT WITH CHECK (app.quiet(id) = id);
CREATE POLICY q ON written FOR SELECT USING (true);

CREATE FUNCTION checks(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
CREATE DOMAIN mail AS text CHECK (app.checks(VALUE));
CREATE DOMAIN small AS int CHECK (VALUE < 10);
CREATE DOMAIN inner_mail AS mail;
CREATE TABLE letters (id int, mail mail);
INSERT INTO letters VALUES (1, 'x');
CREATE FUNCTION takes_mail(mail) RETURNS text LANGUAGE sql STABLE AS 'SELECT $1::text';

CREATE TYPE money_box AS (amount int);
CREATE FUNCTION box_to_text(money_box) RETURNS text LANGUAGE plpgsql
    AS 'BEGIN RETURN ($1).amount::text; END';
CREATE CAST (money_box AS text) WITH FUNCTION box_to_text(money_box);
CREATE TABLE boxes (id int, box money_box);
INSERT INTO boxes VALUES (1, ROW(1));
CREATE FUNCTION box_equal(money_box, money_box) RETURNS boolean LANGUAGE plpgsql
    AS 'BEGIN RETURN ($1).amount = ($2).amount; END';
CREATE TYPE weight AS (grams int);
CREATE FUNCTION weight_less(weight, weight) RETURNS boolean LANGUAGE plpgsql
    AS 'BEGIN RETURN ($1).grams < ($2).grams; END';
CREATE OPERATOR < (LEFTARG = weight, RIGHTARG = weight, FUNCTION = weight_less);
CREATE TABLE parcels (id int, weight weight);
GRANT ALL ON ALL TABLES IN SCHEMA app, public TO PUBLIC;
GRANT ALL ON ALL SEQUENCES IN SCHEMA app TO PUBLIC;
"""

# Where each statement runs: `{p}` is replaced by what tells it. All in search_path app, public.
REPLICA = [
    "SELECT {p}, app.twice(1)",
    "SELECT {p}, TWICE(1, 2)",
    'SELECT {p}, "twice"(1)',
    "SELECT {p}, at_least(1, 2, 3)",
    "SELECT {p}, at_least(VARIADIC ARRAY[1, 2])",
    'SELECT {p}, "Mixed Case"."Do It"()',
    "SELECT {p}, good_sum(id ORDER BY id, name) FROM users",
    "SELECT {p}, 1 <<>> 2",
    "SELECT {p}, 1 OPERATOR(app.<<>>) 2",
    "SELECT {p}, two FROM fine",
    "SELECT {p}, r FROM drawn",
    "SELECT {p}, id FROM mine",
    "SELECT {p}, count(*) FROM snapshot",
    "SELECT {p}, count(*) FROM parted",
    "SELECT {p}, count(*) FROM public.scratch",
    "SELECT {p}, count(*) FROM tenants",
    "SELECT {p}, count(*) FROM written",
    "SELECT {p}, email, v, scratch FROM users u ORDER BY v, scratch",
    "SELECT {p}, u.scratch AS v FROM users u WHERE u.v = 1",
    "SELECT {p}, mail FROM letters",
    "SELECT {p}, 3::small",
    "SELECT {p}, whisper(u), u.whisper FROM users u",
    "SELECT {p}, public.where_am_i()",
    "WITH w2 AS (SELECT id FROM fine) SELECT {p}, id FROM w2",
    "SELECT {p}, 1 < 2",
]

PRIMARY = [
    ("SELECT {p}, write_log(1)", "function app.write_log(integer) is volatile"),
    ("SELECT {p}, app.quiet(1)", "function app.quiet(integer) is volatile"),
    ("SELECT {p}, twice(1, 2, 3)", "function app.twice(integer, integer, integer) is volatile"),
    ("SELECT {p}, with_default(1)", "which is volatile"),
    ("SELECT {p}, body(1)", "function app.quiet(integer), which is volatile"),
    ('SELECT {p}, "Mixed Case"."do it"()', "is volatile"),
    ("SELECT {p}, bad_sum(id) FROM users", "which is volatile"),
    ("SELECT {p}, 1 @@@@ 2", "operator app.@@@@"),
    ("SELECT {p}, 1 OPERATOR(app.@@@@) 2", "operator app.@@@@"),
    ("SELECT {p}, x FROM v", "view app.v reaches function app.quiet(integer)"),
    ("SELECT {p}, x FROM w", "view app.w reaches view app.v, which reaches function app.quiet"),
    ("SELECT {p}, x FROM ww", "view app.ww reaches view app.w"),
    ("SELECT {p}, pid FROM activity", "pg_stat_activity"),
    ("SELECT {p}, id FROM locking", "pg_try_advisory_xact_lock"),
    ("SELECT {p}, id FROM locked", "locks the rows"),
    ("SELECT {p}, id FROM tuned", "current_setting"),
    ("SELECT {p}, count(*) FROM scratch", "table app.scratch is unlogged"),
    ("SELECT {p}, count(*) FROM over_scratch", "table app.scratch, which is unlogged"),
    ("SELECT {p}, count(*) FROM mixed", "table app.mixed reaches table app.mixed_two"),
    ("SELECT {p}, last_value FROM numbers", None),
    ("SELECT {p}, is_cycled FROM (SELECT false AS is_cycled FROM numbers) n", "sequence"),
    ("SELECT {p}, count(*) FROM guarded", "table app.guarded reaches function app.quiet"),
    ("SELECT {p}, 'x'::mail", "domain app.mail reaches function app.checks(text)"),
    ("SELECT {p}, CAST('x' AS app.inner_mail)", "domain app.inner_mail reaches domain app.mail"),
    ("SELECT {p}, app.mail 'x'", "domain app.mail"),
    ("SELECT {p}, takes_mail('x')", "function app.takes_mail(app.mail) reaches domain app.mail"),
    ("SELECT {p}, box::text FROM boxes", "function app.box_to_text"),
    ("SELECT {p}, id FROM parcels ORDER BY id", "operator app.<"),
    ("SELECT {p}, lower(u) FROM users u", "function app.lower"),
    ("SELECT {p}, u.shout FROM users u", "function app.shout"),
    ("SELECT {p}, (u).shout FROM users u", "function app.shout"),
    ("SELECT {p}, no_such_function(1)", None),
]
