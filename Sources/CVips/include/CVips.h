#pragma once
#include <stddef.h>
#include <stdint.h>

// Starts libvips for this process, with its loaders for JPEG, PNG and WebP and no other. Returns 0, or not 0.
int drape_vips_start(void);

enum { drape_picture_jpeg = 1, drape_picture_png, drape_picture_webp };

typedef struct {
    int format; // one of drape_picture_*
    int width;  // upright
    int height;
} drape_picture_info;

// What the bytes say they are, without decoding them. Returns 0, or 1: not a picture of a known format.
int drape_picture_probe(const uint8_t *bytes, size_t count, drape_picture_info *info);

// 8-bit sRGB pixels without gaps; `bands` is 3, or 4 with alpha.
typedef struct {
    int width, height, bands;
    uint8_t *pixels;
} drape_loaded;

// Decodes a whole picture: upright, sRGB, at most `side_max` pixels a side. Without `keeps_alpha` it stands on white.
// Returns 0 and pixels to be freed with `drape_picture_free`, or 1 with the reason in `message`.
int drape_picture_load(const uint8_t *bytes, size_t count, int side_max, int keeps_alpha, drape_loaded *loaded,
                       char *message, size_t message_count);

// Encodes pixels without any metadata: 3 bands as JPEG, 4 as PNG.
// Returns 0 and memory to be freed with `drape_picture_free`, or 1.
int drape_picture_save(const uint8_t *pixels, int width, int height, int bands, uint8_t **output, size_t *output_count);
void drape_picture_free(void *output);

// A stored picture, at most `width` pixels wide: JPEG, or PNG if it has alpha.
// Returns 0 and memory to be freed with `drape_picture_free`, or 1 with the reason in `message`.
int drape_picture_thumbnail(const uint8_t *bytes, size_t count, int width, uint8_t **output, size_t *output_count,
                            char *message, size_t message_count);

// Frees the memory that libvips keeps for the calling thread.
void drape_vips_thread_end(void);
