#include "CPictures.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

// A pixel belongs to the background up to the first distance from its colour, and to the garment from the second on.
enum { background_max = 20, garment_min = 60 };
// If this smaller distance leaves a much larger garment, the garment has nearly the background's colour.
enum { strict_max = 8 };

static int distance(const uint8_t *a, const int *b) {
    int red = abs(a[0] - b[0]), green = abs(a[1] - b[1]), blue = abs(a[2] - b[2]);
    int most = red > green ? red : green;
    return most > blue ? most : blue;
}

// The median colour of the border, and the share of it that has this colour.
static double border_colour(const drape_pixels *p, int *colour) {
    int counts[3][256] = {{0}}, total = 0, near = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < 2 * (p->width + p->height); i++) {
            int side = i < p->width ? 0 : i < 2 * p->width ? 1 : i < 2 * p->width + p->height ? 2 : 3;
            int along = side == 0 ? i : side == 1 ? i - p->width : side == 2 ? i - 2 * p->width : i - 2 * p->width - p->height;
            int x = side < 2 ? along : side == 2 ? 0 : p->width - 1, y = side >= 2 ? along : side == 0 ? 0 : p->height - 1;
            const uint8_t *pixel = p->pixels + 3 * ((size_t)y * p->width + x);
            if (pass) {
                near += distance(pixel, colour) <= background_max;
                continue;
            }
            for (int band = 0; band < 3; band++) counts[band][pixel[band]]++;
            total++;
        }
        for (int band = 0; band < 3 && !pass; band++)
            for (int value = 0, sum = 0; value < 256; value++)
                if ((sum += counts[band][value]) > total / 2) {
                    colour[band] = value;
                    break;
                }
    }
    return (double)near / total;
}

// Marks what is connected to `start` and has the same mark as it with `to`; returns its size.
static size_t flood(uint8_t *marks, int width, int height, int *stack, int start, uint8_t to) {
    uint8_t from = marks[start];
    size_t count = 0, depth = 0;
    stack[depth++] = start;
    marks[start] = to;
    while (depth) {
        int at = stack[--depth], x = at % width;
        count++;
        const int next[4] = {x > 0 ? at - 1 : -1, x + 1 < width ? at + 1 : -1, at - width,
                             at + width < width * height ? at + width : -1};
        for (int side = 0; side < 4; side++)
            if (next[side] >= 0 && marks[next[side]] == from) {
                marks[next[side]] = to;
                stack[depth++] = next[side];
            }
    }
    return count;
}

enum { unseen_background, unseen_garment, outside, garment };

// Marks what the colour of the border reaches. Returns the size of the largest piece of the rest, and of all of it.
static size_t mark(const drape_pixels *pixels, const int *colour, int most, uint8_t *marks, int *stack, size_t *total) {
    int width = pixels->width, height = pixels->height;
    size_t all = (size_t)width * height, largest = 0;
    for (size_t i = 0; i < all; i++)
        marks[i] = distance(pixels->pixels + 3 * i, colour) <= most ? unseen_background : unseen_garment;
    for (int i = 0; i < 2 * (width + height); i++) {
        int at = i < width ? i : i < 2 * width ? (height - 1) * width + i - width
                 : i < 2 * width + height ? (i - 2 * width) * width : (i - 2 * width - height + 1) * width - 1;
        if (marks[at] == unseen_background) flood(marks, width, height, stack, at, outside);
    }
    // A hole that the border's colour does not reach is part of the garment: a white print on a white ground.
    for (size_t i = 0; i < all; i++)
        if (marks[i] == unseen_background) marks[i] = unseen_garment;
    *total = 0;
    for (size_t i = 0; i < all; i++) {
        if (marks[i] != unseen_garment) continue;
        size_t count = flood(marks, width, height, stack, (int)i, garment);
        *total += count;
        if (count > largest) largest = count;
    }
    return largest;
}

// Whether the cut is clean: a garment in one large piece that is neither a speck nor the whole picture, and whose size
// hardly depends on how like the background its edge may be.
static int is_clean(const drape_pixels *pixels, const int *colour, uint8_t *marks, int *stack) {
    size_t all = (size_t)pixels->width * pixels->height, total = 0, strict_total = 0;
    size_t strict = mark(pixels, colour, strict_max, marks, stack, &strict_total);
    size_t largest = mark(pixels, colour, background_max, marks, stack, &total);
    return total > all / 20 && total < all * 9 / 10 && largest * 10 > total * 9 && largest * 10 > strict * 9;
}

int drape_pixels_cut_out(const drape_pixels *pixels, drape_pixels *output) {
    int width = pixels->width, height = pixels->height, colour[3] = {0};
    if (border_colour(pixels, colour) < 0.97) return 0;
    size_t all = (size_t)width * height;
    uint8_t *marks = malloc(all), *made = malloc(all * 4);
    int *stack = malloc(all * sizeof *stack);
    int is_cut = marks && made && stack;
    if (is_cut) is_cut = is_clean(pixels, colour, marks, stack);
    for (size_t i = 0; is_cut && i < all; i++) {
        const uint8_t *pixel = pixels->pixels + 3 * i;
        int x = (int)(i % width), is_edge = 0;
        if (marks[i] != outside)
            is_edge = (x > 0 && marks[i - 1] == outside) || (x + 1 < width && marks[i + 1] == outside) ||
                      (i >= (size_t)width && marks[i - width] == outside) || (i + width < all && marks[i + width] == outside);
        double alpha = marks[i] == outside ? 0 : 1;
        if (is_edge)
            alpha = fmin(1, (double)(distance(pixel, colour) - background_max) / (garment_min - background_max));
        if (alpha < 0.05) alpha = 0;
        for (int band = 0; band < 3; band++) {
            // What the pixel's colour is without the background's share.
            double own = alpha > 0 ? (pixel[band] - (1 - alpha) * colour[band]) / alpha : pixel[band];
            made[4 * i + band] = (uint8_t)lround(fmin(255, fmax(0, own)));
        }
        made[4 * i + 3] = (uint8_t)lround(alpha * 255);
    }
    free(marks);
    free(stack);
    if (!is_cut) {
        free(made);
        return 0;
    }
    *output = (drape_pixels){width, height, 4, made};
    return 1;
}

void drape_pixels_free(uint8_t *bytes) { free(bytes); }
