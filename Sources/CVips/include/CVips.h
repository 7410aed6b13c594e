#pragma once
#include <stddef.h>
int drape_vips_start(void);
