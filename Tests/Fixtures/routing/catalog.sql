-- replica: plainRead
SELECT n.nspname, c.relname FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r','p','') AND n.nspname <> 'pg_catalog' AND n.nspname !~ '^pg_toast' AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 1,2

-- replica: plainRead
SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) FROM pg_catalog.pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef), a.attnotnull FROM pg_catalog.pg_attribute a WHERE a.attrelid = 'accounts'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum

-- replica: plainRead
SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relname OPERATOR(pg_catalog.~) '^(accounts)$' COLLATE pg_catalog.default

-- replica: plainRead
SELECT d.datname as "Name", pg_catalog.pg_get_userbyid(d.datdba) as "Owner", pg_catalog.pg_encoding_to_char(d.encoding) as "Encoding", pg_catalog.array_to_string(d.datacl, E'\n') AS "Access privileges" FROM pg_catalog.pg_database d ORDER BY 1

-- replica: plainRead
SELECT pg_get_indexdef(indexrelid), pg_get_constraintdef(c.oid, true) FROM pg_index LEFT JOIN pg_constraint c ON conindid = indexrelid WHERE indrelid = 'accounts'::regclass

-- replica: plainRead
SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'

-- replica: plainRead
SELECT result.TABLE_SCHEM, result.COLUMN_NAME, (result.keys).n FROM (SELECT n.nspname AS TABLE_SCHEM, a.attname AS COLUMN_NAME, information_schema._pg_expandarray(i.indkey) AS keys FROM pg_catalog.pg_class ct JOIN pg_catalog.pg_attribute a ON (ct.oid = a.attrelid) JOIN pg_catalog.pg_namespace n ON (ct.relnamespace = n.oid) JOIN pg_catalog.pg_index i ON (a.attrelid = i.indrelid)) result

-- replica: plainRead
SELECT typname, typlen, typbasetype, oid, typnamespace FROM pg_type WHERE typname = ANY ($1::text[])

-- replica: plainRead
select t.oid, t.typname, t.typarray from pg_type t where t.typname IN ('hstore', 'json') and t.oid = to_regtype($1)

-- replica: plainRead
SELECT has_table_privilege('accounts', 'SELECT'), has_schema_privilege('public', 'USAGE'), pg_has_role('postgres', 'MEMBER')

-- replica: plainRead
SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user

-- replica: plainRead
SELECT obj_description('accounts'::regclass), col_description('accounts'::regclass, 1), pg_get_serial_sequence('orders', 'id'), pg_get_viewdef('big_accounts'::regclass)

-- replica: plainRead
SELECT extname, extversion FROM pg_extension

-- replica: plainRead
SELECT enumlabel FROM pg_enum WHERE enumtypid = 'mood'::regtype ORDER BY enumsortorder

-- replica: plainRead
SELECT xmin, ctid, tableoid::regclass, * FROM accounts

-- replica: plainRead
SELECT reltuples::bigint FROM pg_class WHERE relname = 'accounts'
