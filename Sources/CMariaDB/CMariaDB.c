#include "CMariaDB.h"
#include <stdlib.h>
#include <string.h>

MYSQL *drape_mysql_connect(const drape_mysql_options *options, unsigned *code, char *message, size_t count) {
    MYSQL *mysql = mysql_init(NULL);
    if (!mysql) {
        *code = 0;
        strncpy(message, "out of memory", count - 1);
        return NULL;
    }
    my_bool yes = 1, no = 0;
    mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &options->connect_seconds);
    mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &options->command_seconds);
    mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &options->command_seconds);
    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    mysql_options(mysql, MYSQL_OPT_RECONNECT, &no);
    unsigned off = 0;
    mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &off);
    if (options->tls) {
        mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &yes);
        mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, options->tls == 2 ? &yes : &no);
        if (options->tls_ca) mysql_options(mysql, MYSQL_OPT_SSL_CA, options->tls_ca);
    }
    // CLIENT_FOUND_ROWS: an update counts the rows that it matched, changed or not.
    if (mysql_real_connect(mysql, options->host, options->user, options->password, options->database, options->port,
                           options->socket, CLIENT_FOUND_ROWS)) {
        return mysql;
    }
    *code = mysql_errno(mysql);
    strncpy(message, mysql_error(mysql), count - 1);
    mysql_close(mysql);
    return NULL;
}

static MYSQL_TIME time_of(int64_t digits) {
    int64_t date = digits / 1000000000, time = digits / 1000 % 1000000;
    return (MYSQL_TIME){.year = date / 10000,
                        .month = date / 100 % 100,
                        .day = date % 100,
                        .hour = time / 10000,
                        .minute = time / 100 % 100,
                        .second = time % 100,
                        .second_part = digits % 1000 * 1000,
                        .time_type = MYSQL_TIMESTAMP_DATETIME};
}

int drape_mysql_execute(MYSQL_STMT *statement, const drape_mysql_value *values, unsigned count, const uint8_t *bytes) {
    if (mysql_stmt_param_count(statement) != count) return drape_mysql_wrong_count;
    MYSQL_BIND *binds = calloc(count ? count : 1, sizeof *binds);
    unsigned time_count = 0;
    for (unsigned index = 0; index < count; index++) time_count += values[index].kind == drape_mysql_time;
    MYSQL_TIME *times = malloc((time_count ? time_count : 1) * sizeof *times);
    if (!binds || !times) {
        free(binds);
        free(times);
        return drape_mysql_no_memory;
    }
    MYSQL_TIME *time = times;
    for (unsigned index = 0; index < count; index++) {
        const drape_mysql_value *value = &values[index];
        switch (value->kind) {
        case drape_mysql_null: binds[index].buffer_type = MYSQL_TYPE_NULL; break;
        case drape_mysql_integer:
            binds[index].buffer_type = MYSQL_TYPE_LONGLONG;
            binds[index].buffer = (void *)&value->integer;
            break;
        case drape_mysql_real:
            binds[index].buffer_type = MYSQL_TYPE_DOUBLE;
            binds[index].buffer = (void *)&value->real;
            break;
        case drape_mysql_time:
            *time = time_of(value->integer);
            binds[index].buffer_type = MYSQL_TYPE_DATETIME;
            binds[index].buffer = time++;
            break;
        default:
            binds[index].buffer_type = value->kind == drape_mysql_binary ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
            binds[index].buffer = (void *)(bytes + value->offset);
            binds[index].buffer_length = value->count;
            binds[index].length = (unsigned long *)&value->count;
        }
    }
    int failed = (count && mysql_stmt_bind_param(statement, binds)) || mysql_stmt_execute(statement);
    free(times);
    free(binds);
    return failed;
}

typedef struct {
    int64_t integer;
    double real;
    uint8_t *bytes;
    unsigned long count;
    my_bool is_null;
    my_bool is_truncated;
    int kind;
} column;

struct drape_mysql_rows {
    MYSQL_STMT *statement;
    unsigned count;
    MYSQL_BIND *binds;
    column *columns;
};

static int kind_of(const MYSQL_FIELD *field) {
    switch (field->type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR: return drape_mysql_integer;
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE: return drape_mysql_real;
    default: return drape_mysql_bytes;
    }
}

static int bind_columns(drape_mysql_rows *rows, MYSQL_RES *fields) {
    for (unsigned index = 0; index < rows->count; index++) {
        const MYSQL_FIELD *field = mysql_fetch_field_direct(fields, index);
        column *column = &rows->columns[index];
        MYSQL_BIND *bind = &rows->binds[index];
        column->kind = kind_of(field);
        bind->is_null = &column->is_null;
        bind->length = &column->count;
        bind->error = &column->is_truncated;
        if (column->kind == drape_mysql_integer) {
            bind->buffer_type = MYSQL_TYPE_LONGLONG;
            bind->buffer = &column->integer;
        } else if (column->kind == drape_mysql_real) {
            bind->buffer_type = MYSQL_TYPE_DOUBLE;
            bind->buffer = &column->real;
        } else {
            unsigned long size = field->max_length + 1;
            column->bytes = malloc(size);
            if (!column->bytes) return 1;
            bind->buffer_type = MYSQL_TYPE_STRING;
            bind->buffer = column->bytes;
            bind->buffer_length = size;
        }
    }
    return mysql_stmt_bind_result(rows->statement, rows->binds);
}

drape_mysql_rows *drape_mysql_rows_create(MYSQL_STMT *statement, int *failed) {
    *failed = 0;
    MYSQL_RES *probe = mysql_stmt_result_metadata(statement);
    if (!probe) return NULL;
    mysql_free_result(probe);
    my_bool yes = 1;
    mysql_stmt_attr_set(statement, STMT_ATTR_UPDATE_MAX_LENGTH, &yes);
    *failed = 1;
    if (mysql_stmt_store_result(statement)) {
        mysql_stmt_free_result(statement);
        return NULL;
    }
    drape_mysql_rows *rows = calloc(1, sizeof *rows);
    MYSQL_RES *fields = mysql_stmt_result_metadata(statement);
    if (rows && fields) {
        rows->statement = statement;
        rows->count = mysql_num_fields(fields);
        rows->binds = calloc(rows->count, sizeof *rows->binds);
        rows->columns = calloc(rows->count, sizeof *rows->columns);
        if (rows->binds && rows->columns && !bind_columns(rows, fields)) *failed = 0;
    }
    if (fields) mysql_free_result(fields);
    if (*failed && rows) {
        drape_mysql_rows_destroy(rows);
        rows = NULL;
    }
    return rows;
}

unsigned drape_mysql_rows_columns(const drape_mysql_rows *rows) { return rows->count; }

int drape_mysql_rows_next(drape_mysql_rows *rows) {
    switch (mysql_stmt_fetch(rows->statement)) {
    case 0: return 1;
    case MYSQL_NO_DATA: return 0;
    default: return -1;
    }
}

drape_mysql_value drape_mysql_rows_value(const drape_mysql_rows *rows, unsigned index) {
    const column *column = &rows->columns[index];
    drape_mysql_value value = {.kind = column->is_null ? drape_mysql_null : column->kind};
    value.integer = column->integer;
    value.real = column->real;
    value.bytes = column->bytes;
    value.count = column->count;
    return value;
}

void drape_mysql_rows_destroy(drape_mysql_rows *rows) {
    for (unsigned index = 0; rows->columns && index < rows->count; index++) free(rows->columns[index].bytes);
    if (rows->statement) mysql_stmt_free_result(rows->statement);
    free(rows->columns);
    free(rows->binds);
    free(rows);
}
