#include "CMariaDB.h"
