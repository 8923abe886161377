/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* O_PATH */
#include "sandbox.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <unistd.h>

#include <linux/landlock.h>

void
sandbox_memory(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* Every right of the first version; those that came later are handled too where
 * the kernel knows them. */
#define RIGHTS_1 ((UINT64_C(1) << 13) - 1)
#define RIGHT_REFER (UINT64_C(1) << 13)    /* version 2 */
#define RIGHT_TRUNCATE (UINT64_C(1) << 14) /* version 3 */

#define RIGHTS_OF_FOLDER \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	    LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE)

static enum err
restrict_files(const char *folder, int version)
{
	struct landlock_ruleset_attr all = { .handled_access_fs = RIGHTS_1 };
	struct landlock_path_beneath_attr own = { .allowed_access =
						      RIGHTS_OF_FOLDER };
	bool ok;
	long set;

	if (version >= 2)
		all.handled_access_fs |= RIGHT_REFER;
	if (version >= 3) {
		all.handled_access_fs |= RIGHT_TRUNCATE;
		own.allowed_access |= RIGHT_TRUNCATE;
	}
	set = syscall(SYS_landlock_create_ruleset, &all,
	    sizeof all.handled_access_fs, 0);
	if (set < 0)
		return ERR_INTERNAL;
	own.parent_fd = open(folder, O_PATH | O_CLOEXEC);
	ok = own.parent_fd >= 0 &&
	     syscall(SYS_landlock_add_rule, (int)set,
		 LANDLOCK_RULE_PATH_BENEATH, &own, 0) == 0 &&
	     syscall(SYS_landlock_restrict_self, (int)set, 0) == 0;
	if (own.parent_fd >= 0)
		close(own.parent_fd);
	close((int)set);
	return ok ? OK : ERR_INTERNAL;
}

static enum err
landlock(const char *folder, int *version)
{
	long v = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	*version = 0;
	if (v <= 0)
		return OK; /* the kernel has none, or it is off */
	*version = (int)v;
	return restrict_files(folder, *version);
}

/* What serving needs. */
static const int calls[] = {
	/* the socket */
	SCMP_SYS(ppoll), SCMP_SYS(poll), SCMP_SYS(accept4), SCMP_SYS(recvfrom),
	SCMP_SYS(sendto), SCMP_SYS(getsockopt), SCMP_SYS(close),
	/* the record and the keys */
	SCMP_SYS(openat), SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(pread64),
	SCMP_SYS(pwrite64), SCMP_SYS(fdatasync), SCMP_SYS(fsync),
	SCMP_SYS(io_setup), SCMP_SYS(io_submit), SCMP_SYS(io_getevents),
	SCMP_SYS(io_destroy), SCMP_SYS(ftruncate), SCMP_SYS(lseek),
	SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(linkat),
	SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(unlinkat),
	/* memory */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(mlock), SCMP_SYS(munlock), SCMP_SYS(futex),
	/* time, chance, signals, the end */
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(tgkill),
	SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group)
};

/* What libmicrohttpd needs beyond that, on sockets that are open. */
static const int http_calls[] = { SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_ctl), SCMP_SYS(sendmsg), SCMP_SYS(writev),
	SCMP_SYS(shutdown), SCMP_SYS(setsockopt), SCMP_SYS(getsockname),
	SCMP_SYS(fcntl) };

/* With this argument without PROT_EXEC. */
static bool
allow_data(scmp_filter_ctx f, int call)
{
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 1,
		   SCMP_A2_32(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
}

static bool
allow(scmp_filter_ctx f, const int *call, size_t n)
{
	bool ok = true;

	for (size_t i = 0; ok && i < n; i++)
		ok = seccomp_rule_add(f, SCMP_ACT_ALLOW, call[i], 0) == 0;
	return ok;
}

static enum err
filter(bool http)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	bool ok = f != NULL && allow(f, calls, sizeof calls / sizeof *calls);

	if (ok && http)
		ok = allow(f, http_calls, sizeof http_calls / sizeof *calls);
	ok = ok && allow_data(f, SCMP_SYS(mmap)) &&
	     allow_data(f, SCMP_SYS(mprotect)) && seccomp_load(f) == 0;
	seccomp_release(f);
	return ok ? OK : ERR_INTERNAL;
}

enum err
sandbox_enter(const char *folder, bool http, struct sandbox *b)
{
	b->seccomp = false;
	TRY(landlock(folder, &b->landlock));
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0 && errno == EINVAL)
		return OK; /* a kernel without it */
	TRY(filter(http));
	b->seccomp = true;
	return OK;
}
