#include "CSimdJSON.h"

#include <cstring>
#include <new>
#include <simdjson.h>
#include <vector>

using namespace simdjson;

struct drape_json_parser {
    dom::parser parser;
    size_t depth_max;
    std::vector<drape_json_value> values;
    std::vector<uint8_t> strings;
    explicit drape_json_parser(size_t bytes_max, size_t depth) : parser(bytes_max), depth_max(depth) {}
};

static void append_string(drape_json_parser &out, std::string_view text) {
    out.values.push_back({drape_json_string, static_cast<uint32_t>(out.values.size() + 1),
                          static_cast<uint32_t>(text.size()), out.strings.size()});
    out.strings.insert(out.strings.end(), text.begin(), text.end());
}

static void append_scalar(drape_json_parser &out, uint8_t kind, uint64_t payload) {
    out.values.push_back({kind, static_cast<uint32_t>(out.values.size() + 1), 0, payload});
}

static void append(drape_json_parser &out, dom::element element) {
    switch (element.type()) {
    case dom::element_type::NULL_VALUE: return append_scalar(out, drape_json_null, 0);
    case dom::element_type::BOOL:
        return append_scalar(out, bool(element) ? drape_json_true : drape_json_false, 0);
    case dom::element_type::INT64:
        return append_scalar(out, drape_json_integer, static_cast<uint64_t>(int64_t(element)));
    case dom::element_type::UINT64: {
        double value = static_cast<double>(uint64_t(element));
        uint64_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        return append_scalar(out, drape_json_double, bits);
    }
    case dom::element_type::DOUBLE: {
        double value = element;
        uint64_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        return append_scalar(out, drape_json_double, bits);
    }
    case dom::element_type::STRING: return append_string(out, element);
    case dom::element_type::ARRAY: {
        size_t at = out.values.size();
        out.values.push_back({drape_json_array, 0, 0, 0});
        uint32_t count = 0;
        for (dom::element member : dom::array(element)) { append(out, member); count++; }
        out.values[at].count = count;
        out.values[at].next = static_cast<uint32_t>(out.values.size());
        return;
    }
    case dom::element_type::OBJECT: {
        size_t at = out.values.size();
        out.values.push_back({drape_json_object, 0, 0, 0});
        uint32_t count = 0;
        for (auto field : dom::object(element)) { append_string(out, field.key); append(out, field.value); count++; }
        out.values[at].count = count;
        out.values[at].next = static_cast<uint32_t>(out.values.size());
        return;
    }
    }
}

extern "C" drape_json_parser *drape_json_parser_create(size_t bytes_max, size_t depth_max) {
    return new (std::nothrow) drape_json_parser(bytes_max, depth_max);
}

extern "C" void drape_json_parser_destroy(drape_json_parser *parser) { delete parser; }

extern "C" int drape_json_parse(drape_json_parser *parser, const uint8_t *bytes, size_t count, const char **message) {
    try {
        parser->values.clear();
        parser->strings.clear();
        if (parser->parser.capacity() < count) {
            if (auto failed = parser->parser.allocate(count < 4096 ? 4096 : count, parser->depth_max)) {
                *message = error_message(failed);
                return failed;
            }
        }
        auto document = parser->parser.parse(reinterpret_cast<const char *>(bytes), count, true);
        if (document.error()) {
            *message = error_message(document.error());
            return document.error();
        }
        append(*parser, document.value_unsafe());
        return 0;
    } catch (const std::bad_alloc &) {
        *message = "Out of memory";
        return MEMALLOC;
    }
}

extern "C" const drape_json_value *drape_json_values(const drape_json_parser *parser, size_t *count) {
    *count = parser->values.size();
    return parser->values.data();
}

extern "C" const uint8_t *drape_json_strings(const drape_json_parser *parser, size_t *count) {
    *count = parser->strings.size();
    return parser->strings.data();
}
