// PostgreSQL's own parser as a library (Debian: libpg-query-dev). Tests only.
#include <pg_query.h>
