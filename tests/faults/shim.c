/* Between a night and the kernel: counts the changes to files below a folder, and lets the n-th one fail, or kills there.
 *
 * Loaded with LD_PRELOAD, so that it stands before what Python writes and what DuckDB writes alike. Does nothing until armed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { COUNT, FAIL_ONCE, DISK_FULL, KILL, KILL_HALFWAY };
enum { NEEDS_ROOM, NEEDS_NONE };

static char folder[PATH_MAX];
static size_t folder_length;
static long at;
static int mode;
static atomic_long seen;
static atomic_long hits;
static char first_hit[64];

/* From now on look at what lies below `where`; the `number`th change is the one that `how` speaks of. */
void faults_arm(const char *where, long number, int how) {
    at = number;
    mode = how;
    atomic_store(&seen, 0);
    atomic_store(&hits, 0);
    strncpy(folder, where, sizeof folder - 1);
    folder_length = strlen(folder);
}

void faults_disarm(void) { folder_length = 0; }
long faults_seen(void) { return atomic_load(&seen); }
long faults_hits(void) { return atomic_load(&hits); }
/* What was hit first: the call and the last part of the file's name. */
const char *faults_first_hit(void) { return first_hit; }

static int is_below(const char *path) {
    return folder_length && strncmp(path, folder, folder_length) == 0 && (path[folder_length] == '/' || !path[folder_length]);
}

static int path_of(int descriptor, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
    return length > 0;
}

static int full_path(int directory, const char *name, char *path) {
    if (name[0] == '/' || directory == AT_FDCWD) {
        snprintf(path, PATH_MAX, "%s", name);
        return 1;
    }
    char base[PATH_MAX];
    if (!path_of(directory, base)) return 0;
    return snprintf(path, PATH_MAX, "%s/%s", base, name) < PATH_MAX;
}

/* Whether this change must not take place; errno is set then. `halfway`: set where the first half of it shall, and then a kill. */
static int is_hit(const char *call, const char *path, int room, int *halfway) {
    if (!is_below(path) || !strcmp(path + folder_length, "/.lock")) return 0;
    long number = atomic_fetch_add(&seen, 1) + 1;
    if (mode == COUNT || number < at || (mode != DISK_FULL && number > at)) return 0;
    if (mode == DISK_FULL && room == NEEDS_NONE) return 0;
    if (mode == KILL || (mode == KILL_HALFWAY && !halfway)) kill(getpid(), SIGKILL);
    if (mode == KILL_HALFWAY) {
        *halfway = 1;
        return 0;
    }
    if (!atomic_fetch_add(&hits, 1)) {
        const char *last = strrchr(path, '/');
        snprintf(first_hit, sizeof first_hit, "%s %.50s", call, last ? last + 1 : path);
    }
    errno = mode == DISK_FULL ? ENOSPC : EIO;
    return 1;
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int hit_descriptor(const char *call, int descriptor, int room, int *halfway) {
    char path[PATH_MAX];
    return folder_length && path_of(descriptor, path) && is_hit(call, path, room, halfway);
}

static int hit_name(const char *call, int directory, const char *name, int room) {
    char path[PATH_MAX];
    return folder_length && full_path(directory, name, path) && is_hit(call, path, room, NULL);
}

#define WRITE(name, parameters, whole, half)                                    \
    ssize_t name parameters {                                                   \
        REAL(name);                                                             \
        int halfway = 0, saved = errno;                                         \
        if (hit_descriptor(#name, fd, NEEDS_ROOM, &halfway)) return -1;         \
        errno = saved;                                                          \
        if (halfway) {                                                          \
            half;                                                               \
            kill(getpid(), SIGKILL);                                            \
        }                                                                       \
        return whole;                                                           \
    }
#define HALF(call) if (call < 0) {}

WRITE(write, (int fd, const void *data, size_t size), real(fd, data, size), HALF(real(fd, data, size / 2)))
WRITE(pwrite, (int fd, const void *data, size_t size, off_t to), real(fd, data, size, to), HALF(real(fd, data, size / 2, to)))
WRITE(pwrite64, (int fd, const void *data, size_t size, off64_t to), real(fd, data, size, to), HALF(real(fd, data, size / 2, to)))
WRITE(writev, (int fd, const struct iovec *parts, int count), real(fd, parts, count), HALF(real(fd, parts, count / 2)))
WRITE(pwritev, (int fd, const struct iovec *parts, int count, off_t to), real(fd, parts, count, to), HALF(real(fd, parts, count / 2, to)))
WRITE(sendfile, (int fd, int from, off_t *offset, size_t size), real(fd, from, offset, size), HALF(real(fd, from, offset, size / 2)))
WRITE(sendfile64, (int fd, int from, off64_t *offset, size_t size), real(fd, from, offset, size), HALF(real(fd, from, offset, size / 2)))

ssize_t copy_file_range(int from, off64_t *start, int fd, off64_t *to, size_t size, unsigned flags) {
    REAL(copy_file_range);
    if (hit_descriptor("copy_file_range", fd, NEEDS_ROOM, NULL)) return -1;
    return real(from, start, fd, to, size, flags);
}

#define ON_DESCRIPTOR(name, room, parameters, call)                             \
    int name parameters {                                                       \
        REAL(name);                                                             \
        if (hit_descriptor(#name, fd, room, NULL)) return -1;                   \
        return call;                                                            \
    }

ON_DESCRIPTOR(fsync, NEEDS_ROOM, (int fd), real(fd))
ON_DESCRIPTOR(fdatasync, NEEDS_ROOM, (int fd), real(fd))
ON_DESCRIPTOR(ftruncate, NEEDS_NONE, (int fd, off_t size), real(fd, size))
ON_DESCRIPTOR(ftruncate64, NEEDS_NONE, (int fd, off64_t size), real(fd, size))
ON_DESCRIPTOR(fchmod, NEEDS_NONE, (int fd, mode_t bits), real(fd, bits))
ON_DESCRIPTOR(fallocate, NEEDS_ROOM, (int fd, int how, off_t start, off_t size), real(fd, how, start, size))
ON_DESCRIPTOR(fallocate64, NEEDS_ROOM, (int fd, int how, off64_t start, off64_t size), real(fd, how, start, size))

/* These two give the error instead of setting errno. */
int posix_fallocate(int fd, off_t start, off_t size) {
    REAL(posix_fallocate);
    if (hit_descriptor("posix_fallocate", fd, NEEDS_ROOM, NULL)) return errno;
    return real(fd, start, size);
}

int posix_fallocate64(int fd, off64_t start, off64_t size) {
    REAL(posix_fallocate64);
    if (hit_descriptor("posix_fallocate64", fd, NEEDS_ROOM, NULL)) return errno;
    return real(fd, start, size);
}

#define ON_NAME(name, room, parameters, directory, path, call)                  \
    int name parameters {                                                       \
        REAL(name);                                                             \
        if (hit_name(#name, directory, path, room)) return -1;                  \
        return call;                                                            \
    }

ON_NAME(rename, NEEDS_ROOM, (const char *old, const char *new), AT_FDCWD, new, real(old, new))
ON_NAME(renameat, NEEDS_ROOM, (int a, const char *old, int b, const char *new), b, new, real(a, old, b, new))
ON_NAME(renameat2, NEEDS_ROOM, (int a, const char *old, int b, const char *new, unsigned how), b, new, real(a, old, b, new, how))
ON_NAME(mkdir, NEEDS_ROOM, (const char *name, mode_t bits), AT_FDCWD, name, real(name, bits))
ON_NAME(mkdirat, NEEDS_ROOM, (int a, const char *name, mode_t bits), a, name, real(a, name, bits))
ON_NAME(unlink, NEEDS_NONE, (const char *name), AT_FDCWD, name, real(name))
ON_NAME(unlinkat, NEEDS_NONE, (int a, const char *name, int how), a, name, real(a, name, how))
ON_NAME(remove, NEEDS_NONE, (const char *name), AT_FDCWD, name, real(name))
ON_NAME(truncate, NEEDS_NONE, (const char *name, off_t size), AT_FDCWD, name, real(name, size))
ON_NAME(truncate64, NEEDS_NONE, (const char *name, off64_t size), AT_FDCWD, name, real(name, size))
ON_NAME(chmod, NEEDS_NONE, (const char *name, mode_t bits), AT_FDCWD, name, real(name, bits))
ON_NAME(fchmodat, NEEDS_NONE, (int a, const char *name, mode_t bits, int how), a, name, real(a, name, bits, how))

#define MODE_OF(flags)                                                          \
    mode_t bits = 0;                                                            \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {                                    \
        va_list rest;                                                           \
        va_start(rest, flags);                                                  \
        bits = va_arg(rest, mode_t);                                            \
        va_end(rest);                                                           \
    }
/* Opening to write changes nothing unless it makes or empties the file; without room only making one fails. */
#define CHANGES(flags) ((flags) & (O_CREAT | O_TRUNC))
#define ROOM_OF(path) (access(path, F_OK) ? NEEDS_ROOM : NEEDS_NONE)

#define OPEN(name)                                                              \
    int name(const char *path, int flags, ...) {                                \
        REAL(name);                                                             \
        MODE_OF(flags)                                                          \
        if (CHANGES(flags) && hit_name(#name, AT_FDCWD, path, ROOM_OF(path))) return -1; \
        return real(path, flags, bits);                                         \
    }
#define OPENAT(name)                                                            \
    int name(int directory, const char *path, int flags, ...) {                 \
        REAL(name);                                                             \
        MODE_OF(flags)                                                          \
        if (CHANGES(flags) && hit_name(#name, directory, path, NEEDS_ROOM)) return -1; \
        return real(directory, path, flags, bits);                              \
    }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
