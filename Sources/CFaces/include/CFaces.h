#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// dlib's frontal face detector. One detector is used by one thread at a time.
typedef struct drape_face_detector drape_face_detector;

typedef struct {
    int x, y, width, height; // pixels
    double confidence;       // above 0
} drape_face;

// Takes about 0.3 s. Returns NULL if there is no memory.
drape_face_detector *drape_face_detector_make(void);
void drape_face_detector_free(drape_face_detector *detector);

// Finds the face of which the detector is surest. Returns 1, or 0 if there is none.
int drape_face_detector_find(drape_face_detector *detector, const uint8_t *luma, int width, int height, drape_face *face);

#ifdef __cplusplus
}
#endif
