/* SPDX-License-Identifier: ISC */
/* The init of boot.sh: what the usual boot ramdisks of enclaves do, as far as
 * a machine without their hardware can.  It goes to the application's root,
 * runs its program and switches the machine off. */
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char line[4096];
static char *words[64];

static int
read_words(void)
{
	FILE *f = fopen("/cmd", "r");
	size_t n = f ? fread(line, 1, sizeof line - 1, f) : 0;
	int k = 0;

	line[n] = '\0';
	for (char *p = strtok(line, "\n"); p && k < 63; p = strtok(NULL, "\n"))
		words[k++] = p;
	return k;
}

int
main(void)
{
	int status = -1;

	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	if (freopen("/dev/console", "w", stdout) == NULL)
		return 1;
	printf("init: %d words\n", read_words());
	fflush(stdout);
	if (fork() == 0) {
		if (chroot("/rootfs") == 0 && chdir("/") == 0)
			execv(words[0], words);
		_exit(127);
	}
	wait(&status);
	printf("init: program ended with %d\n", WEXITSTATUS(status));
	fflush(stdout);
	sync();
	reboot(RB_POWER_OFF);
	return 0;
}
