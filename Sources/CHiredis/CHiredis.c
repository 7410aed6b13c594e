#include "CHiredis.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if HIREDIS_MAJOR != 0
#error "the functions that create replies have the signatures of hiredis 0.14"
#endif

// Memory comes from blocks. The first block is kept; larger replies add more, which are freed with the reply.
typedef struct block {
    struct block *next;
    size_t capacity;
    size_t used;
} block;

struct drape_reply_memory {
    block *newest;
    const redisAsyncContext *context;
};

// What hiredis sees is the first member.
typedef struct object {
    redisReply reply;
    drape_reply_memory *memory;
} object;

enum { alignment = 16, first_block_bytes = 4096 };

static block *new_block(size_t bytes, block *next) {
    block *made = malloc(sizeof(block) + alignment + bytes);
    if (!made) return NULL;
    *made = (block){.next = next, .capacity = bytes, .used = 0};
    return made;
}

static void *take(drape_reply_memory *memory, size_t bytes) {
    if (bytes > SIZE_MAX / 2) return NULL;
    bytes = (bytes + alignment - 1) / alignment * alignment;
    block *from = memory->newest;
    if (from->capacity - from->used < bytes) {
        size_t twice = 2 * from->capacity;
        from = new_block(bytes > twice ? bytes : twice, from);
        if (!from) return NULL;
        memory->newest = from;
    }
    char *start = (char *)(from + 1);
    start += alignment - (size_t)start % alignment;
    void *taken = start + from->used;
    from->used += bytes;
    return taken;
}

// Whether nobody has asked for the reply that begins now.
static int is_stray(const redisAsyncContext *context) {
    return !context->replies.head && !(context->c.flags & (REDIS_SUBSCRIBED | REDIS_MONITORING));
}

static redisReply *new_object(const redisReadTask *task, int type) {
    drape_reply_memory *memory = task->privdata;
    object *made = take(memory, sizeof(object));
    if (!made) return NULL;
    memset(made, 0, sizeof(object));
    made->reply.type = type;
    made->memory = memory;
    if (!task->parent && is_stray(memory->context)) {
        // hiredis aborts on a reply without a command, but closes the connection if that reply is an error.
        static char text[] = "a reply without a command";
        made->reply.type = REDIS_REPLY_ERROR;
        made->reply.str = text;
        made->reply.len = sizeof text - 1;
    }
    if (task->parent) {
        redisReply *parent = task->parent->obj;
        parent->element[task->idx] = &made->reply;
    }
    return &made->reply;
}

static int is_stray_error(const redisReadTask *task, const redisReply *reply) {
    return reply->type == REDIS_REPLY_ERROR && task->type != REDIS_REPLY_ERROR;
}

static void *create_string(const redisReadTask *task, char *text, size_t length) {
    // First the object: a long text may fill a block of its own.
    redisReply *reply = new_object(task, task->type);
    char *copy = reply ? take(task->privdata, length + 1) : NULL;
    if (!copy) return NULL;
    memcpy(copy, text, length);
    copy[length] = 0;
    if (is_stray_error(task, reply)) return reply;
    reply->str = copy;
    reply->len = length;
    return reply;
}

static void *create_array(const redisReadTask *task, int count) {
    redisReply *reply = new_object(task, REDIS_REPLY_ARRAY);
    if (!reply) return NULL;
    size_t bytes = (size_t)count * sizeof(redisReply *);
    redisReply **elements = count > 0 ? take(task->privdata, bytes) : NULL;
    if (count > 0 && !elements) return NULL;
    if (elements) memset(elements, 0, bytes);
    reply->element = elements;
    reply->elements = count > 0 ? (size_t)count : 0;
    return reply;
}

static void *create_integer(const redisReadTask *task, long long value) {
    redisReply *reply = new_object(task, REDIS_REPLY_INTEGER);
    if (reply) reply->integer = value;
    return reply;
}

static void *create_nil(const redisReadTask *task) {
    return new_object(task, REDIS_REPLY_NIL);
}

static void forget_all(drape_reply_memory *memory) {
    while (memory->newest->next) {
        block *old = memory->newest;
        memory->newest = old->next;
        free(old);
    }
    memory->newest->used = 0;
}

// hiredis frees whole replies only, one before it reads the next.
static void free_reply(void *reply) {
    if (reply) forget_all(((object *)reply)->memory);
}

static redisReplyObjectFunctions functions = {
    .createString = create_string,
    .createArray = create_array,
    .createInteger = create_integer,
    .createNil = create_nil,
    .freeObject = free_reply,
};

drape_reply_memory *drape_reply_memory_new(void) {
    drape_reply_memory *memory = malloc(sizeof(drape_reply_memory));
    block *first = memory ? new_block(first_block_bytes, NULL) : NULL;
    if (!first) {
        free(memory);
        return NULL;
    }
    *memory = (drape_reply_memory){.newest = first};
    return memory;
}

void drape_reply_memory_free(drape_reply_memory *memory) {
    forget_all(memory);
    free(memory->newest);
    free(memory);
}

void drape_reply_memory_use(redisAsyncContext *context, drape_reply_memory *memory) {
    memory->context = context;
    context->c.reader->fn = &functions;
    context->c.reader->privdata = memory;
}
