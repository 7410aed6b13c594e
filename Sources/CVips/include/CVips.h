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

// Decodes a whole picture and discards it, as a check. Returns 0, or 1 with the reason in `message`.
int drape_picture_decode(const uint8_t *bytes, size_t count, char *message, size_t message_count);

// A rectangle in fractions of the picture.
typedef struct {
    double x, y, width, height;
} drape_box;

// Where a face seems to be in a picture as it is shown at a size. Returns 0, or 1 if no face was found.
int drape_picture_face(const uint8_t *person, size_t person_count, int width, int height, drape_box *face);

// Shows a person with a garment inside `box`, as a JPEG. `mark` draws the bars of a test picture.
// Returns 0 and memory to be freed with `drape_picture_free`, or 1 with the reason in `message`.
int drape_picture_compose(const uint8_t *person, size_t person_count, const uint8_t *garment, size_t garment_count,
                          int width, int height, drape_box box, int mark, uint8_t **output, size_t *output_count,
                          char *message, size_t message_count);
void drape_picture_free(uint8_t *output);

// Frees the memory that libvips keeps for the calling thread.
void drape_vips_thread_end(void);
