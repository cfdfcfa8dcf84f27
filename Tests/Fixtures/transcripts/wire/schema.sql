-- What the conversations of this folder find in the database. Statements end with an empty line.

DROP SCHEMA IF EXISTS elsewhere CASCADE

CREATE SCHEMA elsewhere AUTHORIZATION app

CREATE TABLE item (
    id int PRIMARY KEY,
    name text NOT NULL,
    price numeric(10, 2) DEFAULT 1 CONSTRAINT price_is_not_negative CHECK (price >= 0),
    made date)

CREATE TABLE line (
    id serial PRIMARY KEY,
    item int NOT NULL CONSTRAINT line_has_item REFERENCES item,
    rank int CONSTRAINT one_of_a_rank UNIQUE DEFERRABLE INITIALLY DEFERRED)

CREATE TABLE elsewhere.item (id int PRIMARY KEY, name text)

CREATE TABLE many (n int PRIMARY KEY, text text)

CREATE TABLE bare ()

CREATE TABLE driven (id int PRIMARY KEY, text text)

CREATE SEQUENCE counter

CREATE TYPE mood AS ENUM ('sad', 'happy')

CREATE DOMAIN small AS int CONSTRAINT is_small CHECK (VALUE < 100)

CREATE TYPE pair AS (a int, b text)

CREATE FUNCTION noisy(n int) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RAISE NOTICE 'noise %', n;
    RAISE WARNING 'a warning' USING HINT = 'take heed', DETAIL = 'of this', ERRCODE = '01P77';
    RAISE INFO 'for the client alone';
    RETURN n;
END $$

CREATE FUNCTION fail(code text) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RAISE EXCEPTION 'failed on purpose' USING ERRCODE = code, DETAIL = 'the detail',
        HINT = 'the hint', COLUMN = 'the column', CONSTRAINT = 'the constraint',
        DATATYPE = 'the type', TABLE = 'the table', SCHEMA = 'the schema';
END $$

CREATE FUNCTION sets(name text, value text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config(name, value, false);
    RETURN current_setting(name);
END $$

CREATE PROCEDURE commits(rows int) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 1..rows LOOP
        INSERT INTO many VALUES (9000 + n, 'by a procedure');
        COMMIT;
    END LOOP;
END $$

ALTER TABLE item OWNER TO app

ALTER TABLE line OWNER TO app

ALTER TABLE many OWNER TO app

ALTER TABLE bare OWNER TO app

ALTER TABLE driven OWNER TO app

ALTER TABLE elsewhere.item OWNER TO app

ALTER SEQUENCE counter OWNER TO app

GRANT other TO app

GRANT SELECT ON item TO other
