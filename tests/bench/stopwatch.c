/* SPDX-License-Identifier: ISC */
/* stopwatch COMMAND...: runs it with its output thrown away and prints wall
 * seconds, processor seconds and the most memory it had, in KiB. */
#include <sys/resource.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double
seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static double
clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	posix_spawn_file_actions_t quiet;
	struct rusage use;
	double start;
	int status;
	pid_t pid;

	if (argc < 2)
		return 2;
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null",
	    O_WRONLY, 0);
	start = clock_now();
	if (posix_spawnp(&pid, argv[1], &quiet, NULL, argv + 1, environ) != 0)
		return 127;
	while (wait4(pid, &status, 0, &use) < 0) {
		if (errno != EINTR)
			return 1;
	}
	printf("%.6f %.6f %ld\n", clock_now() - start,
	    seconds(&use.ru_utime) + seconds(&use.ru_stime), use.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
