#include "CFaces.h"
#include <dlib/image_processing/frontal_face_detector.h>
#include <new>

struct drape_face_detector {
    dlib::frontal_face_detector detector;
};

drape_face_detector *drape_face_detector_make(void) {
    try {
        return new drape_face_detector{dlib::get_frontal_face_detector()};
    } catch (...) {
        return nullptr;
    }
}

void drape_face_detector_free(drape_face_detector *detector) { delete detector; }

int drape_face_detector_find(drape_face_detector *detector, const uint8_t *luma, int width, int height, drape_face *face) {
    try {
        dlib::array2d<unsigned char> image(height, width);
        for (int row = 0; row < height; row++)
            for (int x = 0; x < width; x++) image[row][x] = luma[static_cast<size_t>(row) * width + x];
        std::vector<dlib::rect_detection> found;
        // Below 0 it finds what is no face.
        detector->detector(image, found, 0);
        const dlib::rect_detection *best = nullptr;
        for (const auto &one : found)
            if (!best || one.detection_confidence > best->detection_confidence) best = &one;
        if (!best) return 0;
        // A face at the edge may reach beyond the picture.
        const dlib::rectangle seen = best->rect.intersect(dlib::get_rect(image));
        if (seen.is_empty()) return 0;
        *face = {static_cast<int>(seen.left()), static_cast<int>(seen.top()), static_cast<int>(seen.width()),
                 static_cast<int>(seen.height()), best->detection_confidence};
        return 1;
    } catch (...) {
        return 0;
    }
}
