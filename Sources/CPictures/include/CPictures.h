#pragma once
#include <stddef.h>
#include <stdint.h>

// Pictures in planes: Y, Cb and Cr, as JPEG keeps them, with chroma at half the width and height. A render stays in these
// planes from one JPEG to the other, because colours need no conversion then.

// Interleaved 8-bit sRGB pixels without gaps; 3 bands, or 4 with alpha that is not multiplied.
typedef struct {
    int width, height, bands;
    uint8_t *pixels;
} drape_pixels;

typedef struct drape_planes drape_planes;

// A rectangle in fractions of the picture.
typedef struct {
    double x, y, width, height;
} drape_box;

// The middle of the pixels that has the shape of width × height, made smaller if it is larger, never larger.
// The pixels have 3 bands, and at least 2 × 2 of them; the sizes of the result are even. Returns NULL if there is no memory.
drape_planes *drape_planes_cover(const drape_pixels *pixels, int width, int height);

// Decodes a JPEG of 4:2:0. Returns NULL if it is not one, or is broken.
drape_planes *drape_planes_decode(const uint8_t *bytes, size_t count);

// A copy that is scaled to width × height, which are even. Returns NULL if there is no memory.
drape_planes *drape_planes_scale(const drape_planes *planes, int width, int height);
void drape_planes_free(drape_planes *planes);
int drape_planes_width(const drape_planes *planes);
int drape_planes_height(const drape_planes *planes);

// A copy of even size with a garment in `box`, which is not stretched. Returns NULL if there is no memory.
drape_planes *drape_planes_wear(const drape_planes *photo, const drape_pixels *garment, drape_box box);

// Draws the bars that mark a picture of a test key.
void drape_planes_mark(drape_planes *planes);

// Encodes a JPEG of 4:2:0 into memory to be freed with `drape_jpeg_free`. Returns 0, or 1.
int drape_planes_encode(const drape_planes *planes, int quality, uint8_t **output, size_t *count);
void drape_jpeg_free(uint8_t *output);

// The brightness of the pixels (3 bands), scaled to a width; `output` has width × *height bytes, to be freed with
// `drape_pixels_free`. Returns 0, or 1.
int drape_pixels_luma(const drape_pixels *pixels, int width, int *height, uint8_t **output);

// Makes the alpha of a picture with 3 bands whose background is plain: it is transparent where the colour of the border
// reaches. Returns 1 and 4 bands, to be freed with `drape_pixels_free`; 0 if the background is not plain, or the cut not clean.
int drape_pixels_cut_out(const drape_pixels *pixels, drape_pixels *output);
void drape_pixels_free(uint8_t *bytes);
