#include "CVips.h"
#include <math.h>
#include <string.h>
#include <vips/vips.h>

int drape_vips_start(void) {
    if (VIPS_INIT("drape")) return 1;
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    vips_operation_block_set("VipsForeignLoad", TRUE);
    vips_operation_block_set("VipsForeignLoadJpeg", FALSE);
    vips_operation_block_set("VipsForeignLoadPng", FALSE);
    vips_operation_block_set("VipsForeignLoadWebp", FALSE);
    return 0;
}

void drape_vips_thread_end(void) { vips_thread_shutdown(); }

static int fail(char *message, size_t count) {
    strncpy(message, vips_error_buffer(), count - 1);
    vips_error_clear();
    return 1;
}

static int format_of(const uint8_t *bytes, size_t count) {
    static const uint8_t png[] = {0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a};
    if (count >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff) return drape_picture_jpeg;
    if (count >= sizeof png && !memcmp(bytes, png, sizeof png)) return drape_picture_png;
    if (count >= 12 && !memcmp(bytes, "RIFF", 4) && !memcmp(bytes + 8, "WEBP", 4)) return drape_picture_webp;
    return 0;
}

int drape_picture_probe(const uint8_t *bytes, size_t count, drape_picture_info *info) {
    info->format = format_of(bytes, count);
    if (!info->format) return 1;
    VipsImage *image = vips_image_new_from_buffer(bytes, count, "", "access", VIPS_ACCESS_SEQUENTIAL, NULL);
    if (!image) {
        vips_error_clear();
        return 1;
    }
    int turned = vips_image_get_orientation_swap(image);
    info->width = turned ? vips_image_get_height(image) : vips_image_get_width(image);
    info->height = turned ? vips_image_get_width(image) : vips_image_get_height(image);
    g_object_unref(image);
    return 0;
}

int drape_picture_decode(const uint8_t *bytes, size_t count, char *message, size_t message_count) {
    VipsImage *image = vips_image_new_from_buffer(bytes, count, "", "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                                  VIPS_FAIL_ON_TRUNCATED, NULL);
    if (!image) return fail(message, message_count);
    double average;
    int failed = vips_avg(image, &average, NULL);
    g_object_unref(image);
    return failed ? fail(message, message_count) : 0;
}

// Upright, covering width × height without stretching, in sRGB.
static VipsImage *cover(const uint8_t *bytes, size_t count, int width, int height) {
    VipsImage *image = NULL;
    if (vips_thumbnail_buffer((void *)bytes, count, &image, width, "height", height, "size", VIPS_SIZE_BOTH, "crop",
                              VIPS_INTERESTING_CENTRE, "export_profile", "srgb", "intent", VIPS_INTENT_RELATIVE, NULL))
        return NULL;
    VipsImage *colored = NULL;
    int failed = vips_colourspace(image, &colored, VIPS_INTERPRETATION_sRGB, NULL);
    g_object_unref(image);
    if (failed) return NULL;
    if (!vips_image_hasalpha(colored)) return colored;
    VipsArrayDouble *white = vips_array_double_newv(3, 255.0, 255.0, 255.0);
    VipsImage *flat = NULL;
    failed = vips_flatten(colored, &flat, "background", white, NULL);
    vips_area_unref(VIPS_AREA(white));
    g_object_unref(colored);
    return failed ? NULL : flat;
}

// Upright, inside width × height without stretching, in sRGB with alpha.
static VipsImage *contain(const uint8_t *bytes, size_t count, int width, int height) {
    VipsImage *image = NULL, *colored = NULL, *clear = NULL;
    if (vips_thumbnail_buffer((void *)bytes, count, &image, width, "height", height, "size", VIPS_SIZE_BOTH,
                              "export_profile", "srgb", NULL))
        return NULL;
    int failed = vips_colourspace(image, &colored, VIPS_INTERPRETATION_sRGB, NULL);
    g_object_unref(image);
    if (failed) return NULL;
    if (vips_image_hasalpha(colored)) return colored;
    failed = vips_addalpha(colored, &clear, NULL);
    g_object_unref(colored);
    return failed ? NULL : clear;
}

// Source: Chai and Ngan, "Face segmentation using skin-color map in videophone applications", 1999: the ranges of Cb, Cr.
static int is_skin(const uint8_t *pixel) {
    double red = pixel[0], green = pixel[1], blue = pixel[2];
    double luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    double cb = 128 + 0.564 * (blue - luma), cr = 128 + 0.713 * (red - luma);
    return luma > 60 && cb >= 77 && cb <= 127 && cr >= 136 && cr <= 173;
}

enum { grid_width = 60, grid_height = 90 };

// The largest connected patch of skin in the upper part of a small picture.
static int largest_patch(const uint8_t *pixels, drape_box *face) {
    static const int rows = grid_height * 6 / 10;
    uint8_t seen[grid_width * grid_height] = {0};
    int stack[grid_width * grid_height], best = 0;
    for (int start = 0; start < grid_width * rows; start++) {
        if (seen[start] || !is_skin(pixels + 3 * start)) continue;
        int depth = 0, count = 0, left = grid_width, right = 0, top = grid_height, bottom = 0;
        stack[depth++] = start;
        seen[start] = 1;
        while (depth) {
            int at = stack[--depth], x = at % grid_width, y = at / grid_width;
            count++;
            left = MIN(left, x);
            right = MAX(right, x);
            top = MIN(top, y);
            bottom = MAX(bottom, y);
            const int next[4] = {x > 0 ? at - 1 : -1, x + 1 < grid_width ? at + 1 : -1, y > 0 ? at - grid_width : -1,
                                 y + 1 < rows ? at + grid_width : -1};
            for (int side = 0; side < 4; side++) {
                if (next[side] < 0 || seen[next[side]] || !is_skin(pixels + 3 * next[side])) continue;
                seen[next[side]] = 1;
                stack[depth++] = next[side];
            }
        }
        if (count <= best) continue;
        best = count;
        face->x = (double)left / grid_width;
        face->y = (double)top / grid_height;
        face->width = (double)(right + 1 - left) / grid_width;
        face->height = (double)(bottom + 1 - top) / grid_height;
    }
    return best;
}

int drape_picture_face(const uint8_t *person, size_t person_count, int width, int height, drape_box *face) {
    VipsImage *shown = cover(person, person_count, width, height);
    VipsImage *small = NULL;
    if (shown && vips_thumbnail_image(shown, &small, grid_width, "height", grid_height, "size", VIPS_SIZE_FORCE, NULL))
        small = NULL;
    if (shown) g_object_unref(shown);
    if (!small) {
        vips_error_clear();
        return 1;
    }
    size_t size = 0;
    uint8_t *pixels =
        vips_image_get_bands(small) == 3 ? vips_image_write_to_memory(small, &size) : NULL;
    g_object_unref(small);
    int count = pixels && size == 3 * grid_width * grid_height ? largest_patch(pixels, face) : 0;
    g_free(pixels);
    vips_error_clear();
    // Neither a speck nor a wall of its colour.
    int whole = grid_width * grid_height;
    return count < whole / 100 || count > whole / 4 || face->width > 0.7 || face->height > 0.5;
}

static VipsImage *marked(VipsImage *image, int width, int height) {
    VipsImage *copy = vips_image_copy_memory(image);
    g_object_unref(image);
    if (!copy) return NULL;
    double magenta[3] = {214, 0, 143};
    int bar = height / 24;
    if (vips_draw_rect(copy, magenta, 3, 0, 0, width, bar, "fill", TRUE, NULL) ||
        vips_draw_rect(copy, magenta, 3, 0, height - bar, width, bar, "fill", TRUE, NULL)) {
        g_object_unref(copy);
        return NULL;
    }
    return copy;
}

int drape_picture_compose(const uint8_t *person, size_t person_count, const uint8_t *garment, size_t garment_count,
                          int width, int height, drape_box box, int mark, uint8_t **output, size_t *output_count,
                          char *message, size_t message_count) {
    VipsImage *base = cover(person, person_count, width, height);
    if (!base) return fail(message, message_count);
    int left = (int)lround(box.x * width), top = (int)lround(box.y * height);
    int wide = MAX(1, (int)lround(box.width * width)), high = MAX(1, (int)lround(box.height * height));
    VipsImage *worn = contain(garment, garment_count, wide, high);
    VipsImage *joined = NULL, *flat = NULL;
    int failed = !worn;
    if (!failed) {
        int x = left + (wide - vips_image_get_width(worn)) / 2;
        int y = top + (high - vips_image_get_height(worn)) / 2;
        failed = vips_composite2(base, worn, &joined, VIPS_BLEND_MODE_OVER, "x", x, "y", y, NULL);
    }
    if (!failed) failed = vips_flatten(joined, &flat, NULL);
    if (!failed && mark) {
        flat = marked(flat, width, height);
        failed = !flat;
    }
    void *bytes = NULL;
    size_t count = 0;
    if (!failed) failed = vips_jpegsave_buffer(flat, &bytes, &count, "Q", 88, "strip", TRUE, NULL);
    if (flat) g_object_unref(flat);
    if (joined) g_object_unref(joined);
    if (worn) g_object_unref(worn);
    g_object_unref(base);
    if (failed) return fail(message, message_count);
    *output = bytes;
    *output_count = count;
    return 0;
}

void drape_picture_free(uint8_t *output) { g_free(output); }
