-- Run by a superuser in the database "corpus" before schema.sql; the rest is made by its owner, app.
CREATE EXTENSION hstore;
CREATE EXTENSION citext;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION unaccent;
CREATE EXTENSION "uuid-ossp";
CREATE EXTENSION pgcrypto;
CREATE EXTENSION ltree;
CREATE EXTENSION intarray SCHEMA public;
CREATE EXTENSION tablefunc;
CREATE EXTENSION tsm_system_rows;
CREATE EXTENSION btree_gist;
CREATE EXTENSION file_fdw;
CREATE EXTENSION postgres_fdw;
CREATE EXTENSION dblink;
GRANT EXECUTE ON FUNCTION dblink_connect_u(text) TO app;
-- A role whose search_path is its own: an unqualified name means something else for it.
ALTER ROLE other IN DATABASE corpus SET search_path = shadow, public, pg_catalog;
GRANT other TO app;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE public.price_list (sku text, price numeric) SERVER files
    OPTIONS (program 'echo A1,10; echo B2,20', format 'csv');
CREATE SERVER loopback FOREIGN DATA WRAPPER postgres_fdw
    OPTIONS (host '127.0.0.1', port '%(port)s', dbname 'corpus');
CREATE SERVER nowhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1', dbname 'none');
CREATE USER MAPPING FOR PUBLIC SERVER nowhere OPTIONS (user 'app', password 'app');
CREATE USER MAPPING FOR PUBLIC SERVER loopback OPTIONS (user 'app', password 'app');
GRANT USAGE ON FOREIGN SERVER loopback, nowhere, files TO app;
ALTER FOREIGN TABLE public.price_list OWNER TO app;
