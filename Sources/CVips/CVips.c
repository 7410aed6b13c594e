#include "CVips.h"
#include <vips/vips.h>
int drape_vips_start(void) { return VIPS_INIT("drape"); }
