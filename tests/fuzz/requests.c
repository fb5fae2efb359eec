/* Drives what init makes of a stream of requests (runner/sandbox/init/requests.c) with whatever the
 * fuzzer thinks of; the sanitizers see what is read or written where it must not be, and the
 * assertions what is taken for sound and is not. */
#include "init.h"

#include <assert.h>

static void check_path(const struct file_request *r) {
    assert(r->uid >= FIRST_UID);
    assert(r->path[0] == '/' && strlen(r->path) < 4097);
    assert(strstr(r->path, "/../") == NULL && strstr(r->path, "//") == NULL);
}

static void check_program(const struct program *p) {
    size_t length = strlen(p->cwd);
    assert(p->uid >= FIRST_UID && p->argv[0] != NULL);
    for (char **word = p->argv; *word != NULL; word++) length += strlen(*word);
    for (char **word = p->envp; *word != NULL; word++) length += strlen(*word);
    assert(length < FRAME_MAX);
}

static void check(const struct frame *frame) {
    struct file_request file = {0};
    struct scrub_request scrub = {0};
    struct program program = {0};
    const unsigned char *at = frame->payload;
    size_t length = frame->length;
    if (frame->type == PUT && parse_put(at, length, &file) == NULL) {
        check_path(&file);
        assert(file.data >= at && file.data + file.length == at + length && file.mode <= 0777);
    }
    if (frame->type == MAKE_DIRECTORY && parse_make_directory(at, length, &file) == NULL)
        check_path(&file);
    if (frame->type == GET && parse_get(at, length, &file) == NULL) check_path(&file);
    if (frame->type == SCRUB && parse_scrub(at, length, &scrub) == NULL)
        assert(scrub.count <= MAX_UIDS && scrub.level < LEVELS);
    if (frame->type == RUN && parse_run(at, length, &program) == NULL) check_program(&program);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
    struct frame frame;
    while (next_frame(data, size, &frame) == FRAME_WHOLE) {
        unsigned char *alone = malloc(frame.length + 1); /* so that one byte too far is seen */
        if (alone == NULL) return 0;
        memcpy(alone, frame.payload, frame.length);
        alone = realloc(alone, frame.length > 0 ? frame.length : 1);
        check(&(struct frame){frame.type, alone, frame.length});
        free(alone);
        data += HEADER + frame.length;
        size -= HEADER + frame.length;
    }
    return 0;
}
