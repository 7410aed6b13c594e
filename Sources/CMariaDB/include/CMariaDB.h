#pragma once
#include <mariadb/mysql.h>
#include <stdint.h>

// A bound parameter, or a column of a row. Bytes of a parameter are an offset into one buffer; of a column, a pointer.
typedef struct {
    int kind; // one of drape_mysql_*
    int64_t integer;
    double real;
    const uint8_t *bytes;
    unsigned long count;
    unsigned long offset;
} drape_mysql_value;

// Parameters only: `binary` is bytes without a character set, which the server does not convert; compared with a column they
// take its collation, so compare them with columns alone. `time` is `integer`, the decimal digits YYYYMMDDhhmmssmmm, in UTC.
// Source: MariaDB, "Coercibility" of collations.
enum {
    drape_mysql_null,
    drape_mysql_integer,
    drape_mysql_real,
    drape_mysql_bytes,
    drape_mysql_binary,
    drape_mysql_time
};

typedef struct {
    const char *host; // or null
    unsigned port;
    const char *socket; // or null
    const char *user;
    const char *password;
    const char *database; // or null
    int tls;              // 0 never, 1 required, 2 required and verified
    const char *tls_ca;   // or null
    unsigned connect_seconds;
    unsigned command_seconds;
} drape_mysql_options;

// Connects, or returns null with the reason in `message` (of `count` bytes) and its number in `*code`.
MYSQL *drape_mysql_connect(const drape_mysql_options *options, unsigned *code, char *message, size_t count);

// Executes a prepared statement with `count` parameters. Returns 0; not 0 if it failed, with the reason in the statement's errno;
// `drape_mysql_wrong_count` if the statement has another number of parameters, `drape_mysql_no_memory` without memory.
enum { drape_mysql_wrong_count = 2, drape_mysql_no_memory = 3 };
int drape_mysql_execute(MYSQL_STMT *statement, const drape_mysql_value *values, unsigned count, const uint8_t *bytes);

typedef struct drape_mysql_rows drape_mysql_rows;

// All rows of the last execution; null if it has none, or if it failed (see the statement's errno).
drape_mysql_rows *drape_mysql_rows_create(MYSQL_STMT *statement, int *failed);
unsigned drape_mysql_rows_columns(const drape_mysql_rows *rows);
// 1: a row; 0: the end; -1: a failure.
int drape_mysql_rows_next(drape_mysql_rows *rows);
drape_mysql_value drape_mysql_rows_value(const drape_mysql_rows *rows, unsigned column);
void drape_mysql_rows_destroy(drape_mysql_rows *rows);
