#include "CPictures.h"
#include <libswscale/swscale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

// Rows are aligned for SIMD, and libswscale may write up to the end of a row's alignment.
enum { alignment = 64 };

typedef struct {
    int width, height, stride;
    uint8_t *bytes;
} plane;

struct drape_planes {
    int width, height;
    plane y, u, v;
};

static int half(int size) { return (size + 1) / 2; }

static int plane_make(plane *p, int width, int height) {
    p->width = width;
    p->height = height;
    p->stride = (width + alignment - 1) & ~(alignment - 1);
    // libjpeg-turbo pads planes of an odd height by a row.
    p->bytes = aligned_alloc(alignment, (size_t)p->stride * ((height + 1) & ~1) + alignment);
    return !p->bytes;
}

static drape_planes *planes_make(int width, int height) {
    drape_planes *planes = calloc(1, sizeof *planes);
    if (!planes) return NULL;
    planes->width = width;
    planes->height = height;
    if (plane_make(&planes->y, width, height) || plane_make(&planes->u, half(width), half(height)) ||
        plane_make(&planes->v, half(width), half(height))) {
        drape_planes_free(planes);
        return NULL;
    }
    return planes;
}

void drape_planes_free(drape_planes *planes) {
    if (!planes) return;
    free(planes->y.bytes);
    free(planes->u.bytes);
    free(planes->v.bytes);
    free(planes);
}

int drape_planes_width(const drape_planes *planes) { return planes->width; }
int drape_planes_height(const drape_planes *planes) { return planes->height; }

// The flags make the result the same on every processor.
static int scale(const plane *from, plane *to) {
    if (from->width == to->width && from->height == to->height) {
        for (int row = 0; row < to->height; row++)
            memcpy(to->bytes + (size_t)row * to->stride, from->bytes + (size_t)row * from->stride, to->width);
        return 0;
    }
    struct SwsContext *context =
        sws_getContext(from->width, from->height, AV_PIX_FMT_GRAY8, to->width, to->height, AV_PIX_FMT_GRAY8,
                       SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT, NULL, NULL, NULL);
    if (!context) return 1;
    const uint8_t *source[4] = {from->bytes};
    uint8_t *target[4] = {to->bytes};
    const int source_strides[4] = {from->stride}, target_strides[4] = {to->stride};
    sws_scale(context, source, source_strides, 0, from->height, target, target_strides);
    sws_freeContext(context);
    return 0;
}

drape_planes *drape_planes_scale(const drape_planes *planes, int width, int height) {
    drape_planes *made = planes_make(width, height);
    if (made && (scale(&planes->y, &made->y) || scale(&planes->u, &made->u) || scale(&planes->v, &made->v))) {
        drape_planes_free(made);
        return NULL;
    }
    return made;
}

// A part of a plane; it shares the memory.
static plane part(const plane *whole, int x, int y, int width, int height) {
    plane made = {width, height, whole->stride, whole->bytes + (size_t)y * whole->stride + x};
    return made;
}

drape_planes *drape_planes_cover(const drape_pixels *pixels, int width, int height) {
    drape_planes *whole = planes_make(pixels->width, pixels->height);
    if (!whole) return NULL;
    tjhandle encoder = tjInitCompress();
    uint8_t *targets[3] = {whole->y.bytes, whole->u.bytes, whole->v.bytes};
    int strides[3] = {whole->y.stride, whole->u.stride, whole->v.stride};
    int failed = !encoder || tjEncodeYUVPlanes(encoder, pixels->pixels, pixels->width, 0, pixels->height, TJPF_RGB,
                                               targets, strides, TJSAMP_420, 0);
    if (encoder) tjDestroy(encoder);
    drape_planes *made = NULL;
    if (!failed) {
        // The part begins at an even pixel, so that its chroma begins with one, too.
        double ratio = fmin((double)pixels->width / width, (double)pixels->height / height);
        int wide = (int)fmin(pixels->width, ceil(width * ratio)), high = (int)fmin(pixels->height, ceil(height * ratio));
        int x = (pixels->width - wide) / 2 & ~1, y = (pixels->height - high) / 2 & ~1;
        drape_planes seen = {wide, high, part(&whole->y, x, y, wide, high),
                             part(&whole->u, x / 2, y / 2, half(wide), half(high)),
                             part(&whole->v, x / 2, y / 2, half(wide), half(high))};
        int is_larger = wide > width || high > height;
        // Even sizes: the padding of others would not be initialised.
        made = drape_planes_scale(&seen, (is_larger ? width : wide) & ~1, (is_larger ? height : high) & ~1);
    }
    drape_planes_free(whole);
    return made;
}

drape_planes *drape_planes_decode(const uint8_t *bytes, size_t count) {
    tjhandle decoder = tjInitDecompress();
    if (!decoder) return NULL;
    int width, height, sampling, space;
    drape_planes *made = NULL;
    if (!tjDecompressHeader3(decoder, bytes, count, &width, &height, &sampling, &space) && sampling == TJSAMP_420 &&
        space == TJCS_YCbCr)
        made = planes_make(width, height);
    if (made) {
        uint8_t *targets[3] = {made->y.bytes, made->u.bytes, made->v.bytes};
        int strides[3] = {made->y.stride, made->u.stride, made->v.stride};
        if (tjDecompressToYUVPlanes(decoder, bytes, count, targets, width, strides, height,
                                    TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING)) {
            drape_planes_free(made);
            made = NULL;
        }
    }
    tjDestroy(decoder);
    return made;
}

int drape_planes_encode(const drape_planes *planes, int quality, uint8_t **output, size_t *count) {
    tjhandle encoder = tjInitCompress();
    if (!encoder) return 1;
    const uint8_t *sources[3] = {planes->y.bytes, planes->u.bytes, planes->v.bytes};
    const int strides[3] = {planes->y.stride, planes->u.stride, planes->v.stride};
    unsigned long size = 0;
    *output = NULL;
    int failed = tjCompressFromYUVPlanes(encoder, sources, planes->width, strides, planes->height, TJSAMP_420, output,
                                         &size, quality, TJFLAG_ACCURATEDCT);
    tjDestroy(encoder);
    if (failed) {
        tjFree(*output);
        return 1;
    }
    *count = size;
    return 0;
}

void drape_jpeg_free(uint8_t *output) { tjFree(output); }

// MARK: A garment

typedef struct {
    plane y, u, v, a;
} garment_planes;

static void garment_free(garment_planes *g) {
    free(g->y.bytes);
    free(g->u.bytes);
    free(g->v.bytes);
    free(g->a.bytes);
}

static int garment_make(garment_planes *g, int width, int height, int chroma_width, int chroma_height) {
    memset(g, 0, sizeof *g);
    return plane_make(&g->y, width, height) || plane_make(&g->a, width, height) ||
           plane_make(&g->u, chroma_width, chroma_height) || plane_make(&g->v, chroma_width, chroma_height);
}

// Y, Cb and Cr of one row, multiplied by alpha: what is transparent must not colour the edge when the picture is scaled.
// Chroma is multiplied around 128, where it is neutral. Source: JFIF 1.02, conversion to YCbCr.
static void convert(const uint8_t *restrict pixels, int count, uint8_t *restrict y, uint8_t *restrict u,
                    uint8_t *restrict v, uint8_t *restrict a) {
    const int step = 255 * 256, rounding = step / 2, neutral = 128 * step + rounding;
    for (int i = 0; i < count; i++) {
        int red = pixels[4 * i], green = pixels[4 * i + 1], blue = pixels[4 * i + 2], alpha = pixels[4 * i + 3];
        int luma = (19595 * red + 38470 * green + 7471 * blue) >> 8;
        int cb = (-11058 * red - 21710 * green + 32768 * blue) >> 8;
        int cr = (32768 * red - 27439 * green - 5329 * blue) >> 8;
        int blue_part = (cb * alpha + neutral) / step, red_part = (cr * alpha + neutral) / step;
        y[i] = (uint8_t)((luma * alpha + rounding) / step);
        u[i] = (uint8_t)(blue_part > 255 ? 255 : blue_part);
        v[i] = (uint8_t)(red_part > 255 ? 255 : red_part);
        a[i] = (uint8_t)alpha;
    }
}

// source over target, with `source` multiplied by `alpha` around `zero`. Source: Porter and Duff, "Compositing digital images".
static void over(uint8_t *restrict target, const uint8_t *restrict source, const uint8_t *restrict alpha, int count,
                 int zero) {
    for (int i = 0; i < count; i++) {
        int rest = (target[i] - zero) * (255 - alpha[i]) + 128;
        rest = (rest + (rest >> 8)) >> 8;
        int sum = source[i] + rest;
        target[i] = (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
    }
}

// The part of `above` at (x, y) of the target that is inside the target.
static void lay(plane *target, const plane *above, const plane *alpha, int x, int y, int zero) {
    int left = x < 0 ? -x : 0, right = above->width < target->width - x ? above->width : target->width - x;
    for (int row = y < 0 ? -y : 0; row < above->height && row + y < target->height; row++)
        if (right > left)
            over(target->bytes + (size_t)(row + y) * target->stride + x + left,
                 above->bytes + (size_t)row * above->stride + left, alpha->bytes + (size_t)row * alpha->stride + left,
                 right - left, zero);
}

// The garment's planes at its own size. Rows without alpha are widened by it.
static int garment_convert(garment_planes *whole, const drape_pixels *garment) {
    uint8_t *opaque = garment->bands == 3 ? malloc((size_t)garment->width * 4) : NULL;
    int failed = garment_make(whole, garment->width, garment->height, garment->width, garment->height);
    failed |= garment->bands == 3 && !opaque;
    for (int row = 0; !failed && row < garment->height; row++) {
        size_t at = (size_t)row * whole->y.stride;
        const uint8_t *pixels = garment->pixels + (size_t)row * garment->width * garment->bands;
        for (int x = 0; opaque && x < garment->width; x++) {
            memcpy(opaque + 4 * x, pixels + 3 * x, 3);
            opaque[4 * x + 3] = 255;
        }
        convert(opaque ? opaque : pixels, garment->width, whole->y.bytes + at, whole->u.bytes + at,
                whole->v.bytes + at, whole->a.bytes + at);
    }
    free(opaque);
    return failed;
}

drape_planes *drape_planes_wear(const drape_planes *photo, const drape_pixels *garment, drape_box box) {
    int photo_width = photo->width & ~1, photo_height = photo->height & ~1;
    double wide = box.width * photo_width, high = box.height * photo_height;
    double ratio = fmin(wide / garment->width, high / garment->height);
    // Even sizes and places, so that two pixels share one of chroma.
    int width = (int)lround(garment->width * ratio / 2) * 2, height = (int)lround(garment->height * ratio / 2) * 2;
    if (width < 2) width = 2;
    if (height < 2) height = 2;
    int x = (int)lround((box.x * photo_width + (wide - width) / 2) / 2) * 2;
    int y = (int)lround((box.y * photo_height + (high - height) / 2) / 2) * 2;
    garment_planes whole = {0}, worn = {0};
    plane chroma_alpha = {0};
    int failed = garment_convert(&whole, garment) || garment_make(&worn, width, height, width / 2, height / 2) ||
                 plane_make(&chroma_alpha, width / 2, height / 2) || scale(&whole.y, &worn.y) ||
                 scale(&whole.a, &worn.a) || scale(&whole.u, &worn.u) || scale(&whole.v, &worn.v) ||
                 scale(&whole.a, &chroma_alpha);
    garment_free(&whole);
    // The copy is made when the large planes are gone: both at once would be the peak of memory.
    drape_planes *made = failed ? NULL : drape_planes_scale(photo, photo_width, photo_height);
    if (made) {
        lay(&made->y, &worn.y, &worn.a, x, y, 0);
        lay(&made->u, &worn.u, &chroma_alpha, x / 2, y / 2, 128);
        lay(&made->v, &worn.v, &chroma_alpha, x / 2, y / 2, 128);
    }
    garment_free(&worn);
    free(chroma_alpha.bytes);
    return made;
}

static void fill(plane *p, int first, int count, uint8_t value) {
    for (int row = first; row < first + count; row++) memset(p->bytes + (size_t)row * p->stride, value, p->width);
}

void drape_planes_mark(drape_planes *planes) {
    // The colour (214, 0, 143).
    const uint8_t y = 80, u = 163, v = 223;
    int bar = planes->height / 24 & ~1, chroma = bar / 2;
    fill(&planes->y, 0, bar, y);
    fill(&planes->y, planes->height - bar, bar, y);
    fill(&planes->u, 0, chroma, u);
    fill(&planes->u, planes->u.height - chroma, chroma, u);
    fill(&planes->v, 0, chroma, v);
    fill(&planes->v, planes->v.height - chroma, chroma, v);
}

// MARK: Brightness

int drape_pixels_luma(const drape_pixels *pixels, int width, int *height, uint8_t **output) {
    plane whole = {0}, small = {0};
    *height = (int)lround((double)pixels->height * width / pixels->width);
    if (*height < 1) *height = 1;
    int failed = plane_make(&whole, pixels->width, pixels->height) || plane_make(&small, width, *height);
    *output = failed ? NULL : malloc((size_t)width * *height);
    if (!*output) failed = 1;
    if (!failed) {
        for (int row = 0; row < pixels->height; row++)
            for (int x = 0; x < pixels->width; x++) {
                const uint8_t *p = pixels->pixels + ((size_t)row * pixels->width + x) * pixels->bands;
                whole.bytes[(size_t)row * whole.stride + x] = (uint8_t)((77 * p[0] + 150 * p[1] + 29 * p[2]) >> 8);
            }
        failed = scale(&whole, &small);
        for (int row = 0; row < *height; row++)
            memcpy(*output + (size_t)row * width, small.bytes + (size_t)row * small.stride, width);
    }
    free(whole.bytes);
    free(small.bytes);
    if (failed) {
        free(*output);
        *output = NULL;
    }
    return failed;
}
