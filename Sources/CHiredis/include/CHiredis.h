#pragma once
#include <hiredis/hiredis.h>
#include <hiredis/async.h>

/// Memory for the objects of one reply at a time, so that hiredis does not allocate each object.
typedef struct drape_reply_memory drape_reply_memory;

/// NULL if there is no memory.
drape_reply_memory *drape_reply_memory_new(void);

void drape_reply_memory_free(drape_reply_memory *memory);

/// Makes a new context create its replies in `memory`, which must outlive the context and serve no other.
void drape_reply_memory_use(redisAsyncContext *context, drape_reply_memory *memory);
