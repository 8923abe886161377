/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "watch_tell.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "fail.h"
#include "mem.h"
#include "out.h"
#include "value.h"
#include "view/put.h"
#include "view/view.h"

#define COMMAND_MS 60000
#define PAUSE_MS 20

extern char **environ;

static json_t *
event_json(const struct watch_event *v)
{
	json_t *o = json_object();

	put_member(&o, "type", json_string(v->type));
	put_member(&o, "time", view_time(value_now()));
	put_member(&o, "chain", view_bytes_h32(v->chain));
	put_member(&o, "name", view_bytes_text(span_str(v->name)));
	put_member(&o, "seq",
	    v->entries > 0 ? json_integer((json_int_t)v->entries - 1)
			   : json_null());
	put_member(&o, "code", json_string(err_code(v->code)));
	put_member(&o, "text", view_bytes_text(span_str(v->text)));
	put_member(&o, "evidence",
	    v->evidence ? json_string(v->evidence) : json_null());
	put_member(&o, "data", v->data ? json_incref(v->data) : json_null());
	return o;
}

/* Variables of encl may hold a token or name secrets; they are not for others.
 */
static void
clean_environment(void)
{
	for (char **e = environ; *e != NULL;) {
		const char *name = mem_string(span_of(*e, strcspn(*e, "=")));

		if (strncmp(name, "ENCL_", 5) == 0 && unsetenv(name) == 0)
			e = environ;
		else
			e++;
	}
}

__attribute__((noreturn)) static void
become(const char *exec, const struct watch_event *v, int in)
{
	clean_environment();
	(void)setenv("ENCL_EVENT", v->type, 1);
	(void)setenv("ENCL_CHAIN", mem_hex(h32_span(v->chain)), 1);
	(void)setenv("ENCL_SEQ",
	    v->entries > 0
		? mem_printf("%llu", (unsigned long long)v->entries - 1)
		: "",
	    1);
	(void)setenv("ENCL_CODE", err_code(v->code), 1);
	(void)setpgid(0, 0);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)dup2(in, STDIN_FILENO);
	(void)dup2(STDERR_FILENO, STDOUT_FILENO); /* ours is data */
	execl("/bin/sh", "sh", "-c", exec, (char *)NULL);
	_exit(127);
}

static void
await(pid_t pid, const char *exec)
{
	const struct timespec t = { 0, PAUSE_MS * 1000000L };
	uint64_t end = value_now() + COMMAND_MS;
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (value_now() < end) {
			(void)nanosleep(&t, NULL);
			continue;
		}
		(void)kill(-pid, SIGKILL);
		(void)waitpid(pid, &status, 0);
		out_talk("encl: --exec took more than a minute and was "
			 "ended\n");
		return;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	out_talk("encl: --exec %s failed: %s %d\n", exec,
	    WIFEXITED(status) ? "exit" : "signal",
	    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

/* A file and no pipe: a command that reads nothing must not stop us. */
static enum err
run(const char *exec, const struct watch_event *v, const char *json)
{
	int fd = memfd_create("event", MFD_CLOEXEC);
	size_t n = strlen(json);
	pid_t pid;

	if (fd < 0 || write(fd, json, n) != (ssize_t)n ||
	    lseek(fd, 0, SEEK_SET) != 0) {
		if (fd >= 0)
			(void)close(fd);
		return ERR_OUT_OF_MEMORY;
	}
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0)
		become(exec, v, fd);
	(void)close(fd);
	if (pid < 0)
		return ERR_OUT_OF_MEMORY;
	await(pid, exec);
	return OK;
}

static void
print(const struct watch_event *v)
{
	out_data("%s  %s  %s  %s\n", value_time_text(value_now()),
	    out_name(v->name), v->type, out_line(v->text));
	if (v->evidence != NULL)
		out_data("  evidence: %s\n", v->evidence);
	(void)fflush(stdout);
}

enum err
watch_tell(const struct cli *c, const char *exec, const struct watch_event *v)
{
	json_t *j = event_json(v);
	char *text = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;
	enum err e = OK;

	json_decref(v->data);
	if (text == NULL)
		e = ERR_OUT_OF_MEMORY;
	else if (c->format == FORMAT_TABLE)
		print(v);
	else
		e = out_json_line(json_incref(j));
	if (e == OK && exec != NULL)
		e = run(exec, v, mem_printf("%s\n", text));
	free(text);
	json_decref(j);
	return e;
}
