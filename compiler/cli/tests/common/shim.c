/* Makes a call of the C library fail, or a feature of the system missing. By variables of the environment:
   HEP_FAULT_CALL which call, HEP_FAULT_AT the number of the one that fails, HEP_FAULT_LASTING if all after it do too,
   HEP_FAULT_ERRNO what it fails with (below zero: the signal that comes then, and the call goes on), HEP_FAULT_MARK a file that is made when it does,
   HEP_LACKS what the system lacks: "unnamed" files, "exchange" of names too, or "names" for files without one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_int calls;

static int lacks(const char *what) {
  const char *lacking = getenv("HEP_LACKS");
  return lacking && !strcmp(lacking, what);
}

static int fails(const char *call) {
  const char *wanted = getenv("HEP_FAULT_CALL"), *at = getenv("HEP_FAULT_AT");
  if (!wanted || !at || strcmp(wanted, call)) return 0;
  int number = atomic_fetch_add(&calls, 1) + 1;
  if (number != atoi(at) && !(number > atoi(at) && getenv("HEP_FAULT_LASTING"))) return 0;
  int mark = syscall(SYS_openat, AT_FDCWD, getenv("HEP_FAULT_MARK"), O_CREAT | O_WRONLY, 0600);
  if (mark >= 0) syscall(SYS_close, mark);
  int number_of_error = atoi(getenv("HEP_FAULT_ERRNO"));
  if (number_of_error < 0) {
    kill(getpid(), -number_of_error);
    return 0;
  }
  errno = number_of_error;
  return 1;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Only files: what is printed is another matter. */
ssize_t write(int file, const void *bytes, size_t count) {
  if (file > 2 && fails("write")) return -1;
  return NEXT(write)(file, bytes, count);
}

/* Some file systems refuse that of folders, and nothing is lost by it. */
static int is_folder(int file) {
  struct stat found;
  return fstat(file, &found) == 0 && S_ISDIR(found.st_mode);
}

int fsync(int file) { return fails(is_folder(file) ? "fsync of a folder" : "fsync") ? -1 : NEXT(fsync)(file); }

int fdatasync(int file) { return !is_folder(file) && fails("fsync") ? -1 : NEXT(fdatasync)(file); }

int rename(const char *from, const char *to) { return fails("rename") ? -1 : NEXT(rename)(from, to); }

int renameat2(int folder, const char *from, int other, const char *to, unsigned int flags) {
  if (lacks("exchange")) {
    errno = EINVAL;
    return -1;
  }
  if (fails("rename")) return -1;
  return syscall(SYS_renameat2, folder, from, other, to, flags);
}

int linkat(int folder, const char *from, int other, const char *to, int flags) {
  if (lacks("names")) {
    errno = EPERM;
    return -1;
  }
  return fails("link") ? -1 : NEXT(linkat)(folder, from, other, to, flags);
}

int link(const char *from, const char *to) { return fails("link") ? -1 : NEXT(link)(from, to); }

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  if ((flags & O_TMPFILE) == O_TMPFILE && (lacks("unnamed") || lacks("exchange"))) {
    errno = EOPNOTSUPP;
    return -1;
  }
  return fails("open") ? -1 : NEXT(open64)(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return open64(path, flags, mode);
}
