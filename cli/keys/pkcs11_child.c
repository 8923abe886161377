/* SPDX-License-Identifier: ISC */
#include "pkcs11_child.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <time.h>
#include <unistd.h>

#include "cli/fail.h"
#include "cli/file.h"
#include "cli/mem.h"
#include "cli/out.h"

#define WORK_MS (30 * 1000)
#define PERSON_MS \
	(180 * 1000) /* while a touch, or a PIN pad, is waited for \
		      */
#define CLOSE_MS 5000
#define PIN_FILE_MAX 256

/* What the parent's death leaves time for. */
static void
hurry(int sig)
{
	(void)sig;
	(void)alarm(CLOSE_MS / 1000);
}

/* A module gets no file or connection of the parent's, and keeps no end of
 * another child's socket. */
static int
close_others(int fd)
{
	const int mine = STDERR_FILENO + 1;

	if (fd != mine && dup2(fd, mine) < 0)
		return -1;
	if (syscall(SYS_close_range, mine + 1, ~0U, 0) != 0)
		for (int i = mine + 1; i < 1024; i++)
			(void)close(i);
	return fcntl(mine, F_SETFD, FD_CLOEXEC) == 0 ? mine : -1;
}

_Noreturn static void
child(int fd, pid_t parent, void (*job)(int fd, void *arg), void *arg)
{
	static const int deaf[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	for (size_t i = 0; i < sizeof deaf / sizeof *deaf; i++)
		(void)signal(deaf[i], SIG_IGN);
	(void)signal(SIGUSR1, hurry);
	(void)prctl(PR_SET_PDEATHSIG, SIGUSR1);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		_exit(1);
	fd = close_others(fd);
	if (fd < 0 || getppid() != parent)
		_exit(1);
	job(fd, arg);
	_exit(0);
}

enum err
pkcs11_child_start(struct pkcs11_child *c, void (*job)(int fd, void *arg),
    void *arg)
{
	pid_t self = getpid();
	int pair[2];

	*c = (struct pkcs11_child){ -1, -1 };
	if (sodium_init() < 0)
		return ERR_CRYPTO;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return fail_with(ERR_INTERNAL, "%s", strerror(errno));
	c->pid = fork();
	if (c->pid == 0) {
		(void)close(pair[0]);
		child(pair[1], self, job, arg);
	}
	(void)close(pair[1]);
	c->fd = pair[0];
	if (c->pid > 0)
		return OK;
	(void)close(pair[0]);
	return fail_with(ERR_INTERNAL, "%s", strerror(errno));
}

/* At most ms milliseconds.  False: it still runs. */
static bool
reap(pid_t pid, int ms, int *status)
{
	const struct timespec tick = { 0, 2 * 1000 * 1000 };

	for (;; ms -= 2) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		if (ms <= 0)
			return false;
		(void)nanosleep(&tick, NULL);
	}
}

static void
kill_it(struct pkcs11_child *c, int *status)
{
	(void)kill(c->pid, SIGKILL);
	(void)waitpid(c->pid, status, 0);
	c->pid = -1;
}

void
pkcs11_child_end(struct pkcs11_child *c)
{
	int status;

	if (c->fd >= 0)
		(void)close(c->fd);
	c->fd = -1;
	if (c->pid <= 0)
		return;
	if (reap(c->pid, CLOSE_MS, &status))
		c->pid = -1;
	else
		kill_it(c, &status);
}

/* The child said nothing, or nonsense, or went. */
static enum err
lost(struct pkcs11_child *c, bool slow)
{
	int status = 0;

	fail_hint("module-name= or module-path= in the reference asks one "
		  "module and no other");
	if (slow) {
		kill_it(c, &status);
		return fail_with(ERR_DEVICE_GONE,
		    "The PKCS#11 module does not answer.");
	}
	if (reap(c->pid, CLOSE_MS, &status))
		c->pid = -1;
	else
		kill_it(c, &status);
	return WIFSIGNALED(status)
		   ? fail_with(ERR_DEVICE_GONE,
			 "The PKCS#11 module crashed: %s.",
			 strsignal(WTERMSIG(status)))
		   : fail_with(ERR_DEVICE_GONE, "The PKCS#11 module ended.");
}

static enum err
pin_of_file(const char *path, struct span *pin)
{
	struct span text;
	uint8_t *p;

	TRY(file_read_private(path, PIN_FILE_MAX, &text));
	while (text.n > 0 &&
	       (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
		text.n--;
	p = sodium_malloc(text.n > 0 ? text.n : 1);
	if (p != NULL)
		memcpy(p, text.p, text.n);
	sodium_memzero((void *)(uintptr_t)text.p, text.n);
	*pin = span_of(p, text.n);
	if (p != NULL && text.n > 0)
		return OK;
	ui_secret_free(pin);
	return fail_with(ERR_PIN, "%s is empty.", path);
}

static void
answer_pin(struct pkcs11_child *c, const struct ui *ui, const char *pin_file,
    const struct pkcs11_message *m)
{
	const struct ui_ask ask = { .kind = UI_PIN,
		.what = m->text,
		.tries_left = m->tries,
		.again = m->again != 0 };
	struct span pin = span_of(NULL, 0);
	enum err e;

	if (pin_file == NULL)
		e = ui->secret(ui, &ask, &pin);
	else if (ask.again)
		e = ERR_PIN;
	else
		e = pin_of_file(pin_file, &pin);
	pkcs11_talk_answer(c->fd, e, pin);
	if (e == OK)
		ui_secret_free(&pin);
}

static enum err
finished(const struct pkcs11_message *m)
{
	if (m->err == OK)
		return OK;
	if (m->hint[0] != '\0')
		fail_hint("%s", m->hint);
	return m->text[0] != '\0' ? fail_with((enum err)m->err, "%s", m->text)
				  : (enum err)m->err;
}

static bool
ready(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int r;

	do
		r = poll(&p, 1, ms);
	while (r < 0 && errno == EINTR);
	return r > 0;
}

/* What a request waits for beside the module. */
struct wait {
	bool person;
	const char *touch; /* between two calls of ui->touch; else NULL */
};

static void
end_wait(const struct ui *ui, struct wait *w)
{
	if (w->touch != NULL)
		ui->touch(ui, w->touch, false);
	*w = (struct wait){ .person = false };
}

static void
begin_wait(const struct ui *ui, const struct pkcs11_message *m, struct wait *w)
{
	end_wait(ui, w);
	w->person = true;
	if (m->said == PKCS11_PAD) {
		out_talk("enter the PIN at the key pad of %s\n",
		    out_name(m->text));
		return;
	}
	w->touch = mem_printf("%s", m->text);
	ui->touch(ui, w->touch, true);
}

enum err
pkcs11_child_serve(struct pkcs11_child *c, const struct ui *ui,
    const char *pin_file, struct span request,
    void (*key)(void *ctx, const struct pkcs11_message *m), void *ctx,
    struct pkcs11_message *m)
{
	struct wait w = { .person = false };
	bool slow;

	if (request.n > 0)
		(void)send(c->fd, request.p, request.n, MSG_NOSIGNAL);
	for (;;) {
		slow = !ready(c->fd, w.person ? PERSON_MS : WORK_MS);
		if (slow || !pkcs11_talk_hear(c->fd, m)) {
			end_wait(ui, &w);
			return lost(c, slow);
		}
		if (m->said == PKCS11_PAD || m->said == PKCS11_TOUCH) {
			begin_wait(ui, m, &w);
			continue;
		}
		end_wait(ui, &w);
		if (m->said == PKCS11_PIN)
			answer_pin(c, ui, pin_file, m);
		else if (m->said == PKCS11_KEY && key != NULL)
			key(ctx, m);
		else if (m->said == PKCS11_DONE)
			return finished(m);
	}
}
