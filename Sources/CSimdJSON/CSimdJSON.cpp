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
    // All strings of a document; they are never longer together than its text.
    std::vector<uint8_t> strings;
    size_t string_count = 0;
    explicit drape_json_parser(size_t bytes_max, size_t depth) : parser(bytes_max), depth_max(depth) {}
};

static void append_string(drape_json_parser &out, std::string_view text) {
    out.values.push_back({drape_json_string, static_cast<uint32_t>(out.values.size() + 1),
                          static_cast<uint32_t>(text.size()), out.string_count});
    if (!text.empty()) std::memcpy(out.strings.data() + out.string_count, text.data(), text.size());
    out.string_count += text.size();
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

static bool is_number_byte(uint8_t byte) {
    return (byte >= '0' && byte <= '9') || byte == '-' || byte == '+' || byte == '.' || byte == 'e' || byte == 'E';
}

// simdjson refuses whole numbers beyond 64 bits. JSON allows them: with a fraction of nothing they are doubles.
static std::vector<uint8_t> with_long_integers_as_doubles(const uint8_t *bytes, size_t count) {
    std::vector<uint8_t> out;
    out.reserve(count + 64);
    bool in_string = false;
    for (size_t at = 0; at < count;) {
        if (in_string || !is_number_byte(bytes[at])) {
            if (in_string && bytes[at] == '\\' && at + 1 < count) out.push_back(bytes[at++]);
            else if (bytes[at] == '"') in_string = !in_string;
            out.push_back(bytes[at++]);
            continue;
        }
        size_t end = at;
        bool is_integer = true;
        while (end < count && is_number_byte(bytes[end])) {
            bool is_sign = end == at && bytes[end] == '-';
            if (!is_sign && (bytes[end] < '0' || bytes[end] > '9')) is_integer = false;
            end++;
        }
        out.insert(out.end(), bytes + at, bytes + end);
        if (is_integer && end - at >= 19) out.insert(out.end(), {'.', '0'});
        at = end;
    }
    return out;
}

static int parse(drape_json_parser *parser, const uint8_t *bytes, size_t count, const char **message) {
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
}

extern "C" drape_json_parser *drape_json_parser_create(size_t bytes_max, size_t depth_max) {
    return new (std::nothrow) drape_json_parser(bytes_max, depth_max);
}

extern "C" void drape_json_parser_destroy(drape_json_parser *parser) { delete parser; }

extern "C" int drape_json_parse(drape_json_parser *parser, const uint8_t *bytes, size_t count, const char **message) {
    try {
        parser->values.clear();
        parser->string_count = 0;
        if (parser->strings.size() < count) parser->strings.resize(count);
        int failed = parse(parser, bytes, count, message);
        if (failed != NUMBER_ERROR) return failed;
        auto changed = with_long_integers_as_doubles(bytes, count);
        return changed.size() == count ? failed : parse(parser, changed.data(), changed.size(), message);
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
    *count = parser->string_count;
    return parser->strings.data();
}
