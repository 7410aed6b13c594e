#pragma once
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

// One value of a parsed document. Values are in document order; a container is followed by its members, an object's
// members being pairs of a string (the key) and a value.
typedef struct {
    uint8_t kind;     // one of drape_json_*
    uint32_t next;    // index of the first value after this one and all that it contains
    uint32_t count;   // members of a container, or bytes of a string
    uint64_t payload; // offset into the string bytes, or the bits of a number
} drape_json_value;

enum {
    drape_json_null, drape_json_false, drape_json_true, drape_json_integer, drape_json_double,
    drape_json_string, drape_json_array, drape_json_object
};

typedef struct drape_json_parser drape_json_parser;

drape_json_parser *drape_json_parser_create(size_t bytes_max, size_t depth_max);
void drape_json_parser_destroy(drape_json_parser *parser);

// Parses `count` bytes. Returns 0, or simdjson's error code with its English text in `*message` (static storage).
int drape_json_parse(drape_json_parser *parser, const uint8_t *bytes, size_t count, const char **message);

// The last document's values and string bytes; valid until the next parse.
const drape_json_value *drape_json_values(const drape_json_parser *parser, size_t *count);
const uint8_t *drape_json_strings(const drape_json_parser *parser, size_t *count);

#ifdef __cplusplus
}
#endif
