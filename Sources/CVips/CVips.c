#include "CVips.h"
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

// Takes `*made` in place of `*image`, unless the step failed. A pointer, because C does not order the arguments of a call.
static int replace(VipsImage **image, VipsImage **made, int failed) {
    if (failed) return 1;
    g_object_unref(*image);
    *image = *made;
    return 0;
}

// Alpha in 8 bits: libvips converts the colours of a picture with a profile to 8 bits, but not its alpha.
static int to_small_alpha(VipsImage **image, VipsImage *alpha) {
    VipsImage *small = NULL, *made = NULL;
    int failed = vips_msb(alpha, &small, NULL);
    if (!failed) failed = vips_bandjoin2(*image, small, &made, NULL);
    if (small) g_object_unref(small);
    return replace(image, &made, failed);
}

// Converts the colours by the profile of the picture. Alpha is kept.
static int convert(VipsImage **image) {
    VipsImage *made = NULL, *alpha = NULL, *colours = NULL;
    int bands = vips_image_get_bands(*image);
    int is_deep = vips_image_get_format(*image) == VIPS_FORMAT_USHORT && vips_image_hasalpha(*image);
    int failed = is_deep && (vips_extract_band(*image, &alpha, bands - 1, NULL) ||
                             vips_extract_band(*image, &colours, 0, "n", bands - 1, NULL));
    if (!failed)
        failed = vips_icc_transform(colours ? colours : *image, &made, "srgb", "embedded", TRUE, "intent",
                                    VIPS_INTENT_RELATIVE, "depth", 8, NULL);
    if (!failed && is_deep) failed = to_small_alpha(&made, alpha);
    if (alpha) g_object_unref(alpha);
    if (colours) g_object_unref(colours);
    if (failed && made) g_object_unref(made);
    return replace(image, &made, failed);
}

// sRGB in 8 bits. A picture without a profile is sRGB; a profile that cannot be used is ignored.
static int to_srgb(VipsImage **image) {
    VipsImage *made = NULL;
    if (vips_image_get_typeof(*image, VIPS_META_ICC_NAME) && convert(image)) vips_error_clear();
    return replace(image, &made, vips_colourspace(*image, &made, VIPS_INTERPRETATION_sRGB, NULL));
}

// Scales a picture; multiplied by its alpha, because what is transparent must not colour the edge.
static int resize(VipsImage **image, double scale) {
    VipsImage *made = NULL;
    if (!vips_image_hasalpha(*image)) return replace(image, &made, vips_resize(*image, &made, scale, NULL));
    return replace(image, &made, vips_premultiply(*image, &made, NULL)) ||
           replace(image, &made, vips_resize(*image, &made, scale, NULL)) ||
           replace(image, &made, vips_unpremultiply(*image, &made, NULL)) ||
           replace(image, &made, vips_cast_uchar(*image, &made, NULL));
}

// At most `side_max` pixels a side, upright. Only a picture that is to be turned is kept in memory: all others flow by rows.
static int to_upright(VipsImage **image, int side_max) {
    VipsImage *made = NULL;
    int side = MAX(vips_image_get_width(*image), vips_image_get_height(*image));
    if (side > side_max && resize(image, (double)side_max / side)) return 1;
    if (vips_image_get_orientation(*image) == 1) return 0;
    made = vips_image_copy_memory(*image);
    if (replace(image, &made, !made)) return 1;
    return replace(image, &made, vips_autorot(*image, &made, NULL));
}

// 3 bands on white, or 4.
static int to_bands(VipsImage **image, int keeps_alpha) {
    VipsImage *made = NULL;
    if (vips_image_hasalpha(*image) && !keeps_alpha) {
        VipsArrayDouble *white = vips_array_double_newv(3, 255.0, 255.0, 255.0);
        int failed = vips_flatten(*image, &made, "background", white, NULL);
        vips_area_unref(VIPS_AREA(white));
        if (replace(image, &made, failed)) return 1;
    }
    int bands = vips_image_get_bands(*image);
    if (bands > 4 && replace(image, &made, vips_extract_band(*image, &made, 0, "n", keeps_alpha ? 4 : 3, NULL))) return 1;
    return replace(image, &made, vips_cast_uchar(*image, &made, NULL));
}

int drape_picture_load(const uint8_t *bytes, size_t count, int side_max, int keeps_alpha, drape_loaded *loaded,
                       char *message, size_t message_count) {
    VipsImage *image = vips_image_new_from_buffer(bytes, count, "", "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                                                  VIPS_FAIL_ON_TRUNCATED, NULL);
    if (!image) return fail(message, message_count);
    size_t size = 0;
    int failed = to_srgb(&image) || to_upright(&image, side_max) || to_bands(&image, keeps_alpha);
    if (!failed) {
        loaded->width = vips_image_get_width(image);
        loaded->height = vips_image_get_height(image);
        loaded->bands = vips_image_get_bands(image);
        loaded->pixels = vips_image_write_to_memory(image, &size);
        failed = !loaded->pixels || size != (size_t)loaded->width * loaded->height * loaded->bands;
        if (failed) g_free(loaded->pixels);
    }
    g_object_unref(image);
    return failed ? fail(message, message_count) : 0;
}

int drape_picture_save(const uint8_t *pixels, int width, int height, int bands, uint8_t **output, size_t *output_count) {
    VipsImage *image = vips_image_new_from_memory(pixels, (size_t)width * height * bands, width, height, bands,
                                                  VIPS_FORMAT_UCHAR);
    VipsImage *named = NULL;
    void *bytes = NULL;
    int failed = !image || vips_copy(image, &named, "interpretation", VIPS_INTERPRETATION_sRGB, NULL);
    if (!failed)
        failed = bands == 4 ? vips_pngsave_buffer(named, &bytes, output_count, "strip", TRUE, NULL)
                            : vips_jpegsave_buffer(named, &bytes, output_count, "Q", 92, "strip", TRUE, NULL);
    if (named) g_object_unref(named);
    if (image) g_object_unref(image);
    if (failed) {
        vips_error_clear();
        return 1;
    }
    *output = bytes;
    return 0;
}

int drape_picture_thumbnail(const uint8_t *bytes, size_t count, int width, uint8_t **output, size_t *output_count,
                            char *message, size_t message_count) {
    VipsImage *image = NULL;
    void *made = NULL;
    // Without a height, the picture would be made to fit a square.
    int failed = vips_thumbnail_buffer((void *)bytes, count, &image, width, "height", VIPS_MAX_COORD, "size",
                                       VIPS_SIZE_DOWN, "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL);
    if (!failed)
        failed = vips_image_hasalpha(image) ? vips_pngsave_buffer(image, &made, output_count, "strip", TRUE, NULL)
                                            : vips_jpegsave_buffer(image, &made, output_count, "Q", 85, "strip", TRUE, NULL);
    if (image) g_object_unref(image);
    if (failed) return fail(message, message_count);
    *output = made;
    return 0;
}

void drape_picture_free(void *output) { g_free(output); }
