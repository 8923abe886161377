/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "signer/vault.h"
#include "system/folder.h"
#include "tests/lib/suite.h"

/* A signer's folder with one key in it. */
static char top[] = "/tmp/encl-vault.XXXXXX";
static char file[64], dir[64], what[128];
static struct master_source source;
static struct master *master;
static struct vault *vault;
static struct vault_key *key;
static int at_dir;

static void
open_all(void)
{
	ck_assert_int_eq(master_open(at_dir, &source, &master), OK);
	ck_assert_int_eq(vault_open(at_dir, master, &vault, what), OK);
}

static void
close_all(void)
{
	vault_close(vault);
	master_free(master);
	vault = NULL;
	master = NULL;
}

static void
setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(file, sizeof file, "%s/master", top);
	snprintf(dir, sizeof dir, "%s/signer", top);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	ck_assert_int_eq(folder_open(dir, &at_dir), OK);
	ck_assert_int_eq(master_keygen(file), OK);
	source = (struct master_source){ .file = file, .passphrase_fd = -1 };
	ck_assert_int_eq(master_init(at_dir, &source), OK);
	open_all();
	ck_assert_int_eq(vault_new(vault, 7, span_str("deploy"), &key), OK);
}

static void
teardown(void)
{
	char command[128];

	close_all();
	close(at_dir);
	snprintf(command, sizeof command, "rm -rf %s", top);
	ck_assert_int_eq(system(command), 0);
	snprintf(top, sizeof top, "/tmp/encl-vault.XXXXXX");
}

/* The one key's file. */
static void
key_file(char path[512])
{
	char keys[128];
	DIR *d;
	struct dirent *e;

	snprintf(keys, sizeof keys, "%s/keys", dir);
	d = opendir(keys);
	while ((e = readdir(d)) != NULL && e->d_name[0] == '.')
		;
	ck_assert_ptr_nonnull(e);
	snprintf(path, 512, "%s/%s", keys, e->d_name);
	closedir(d);
}

START_TEST(a_key_signs_what_verifies)
{
	uint8_t sig[KEY_SIG_MAX];
	struct signer s;
	size_t n;

	vault_signer(key, &s);
	ck_assert_int_eq(signer_sign(&s, span_str("any"), sig, &n), OK);
	ck_assert_int_eq(sshsig_verify(s.blob, span_str("any"),
			     span_of(sig, n)),
	    OK);
}
END_TEST

START_TEST(a_name_is_one_key_for_ever)
{
	uint8_t blob[VAULT_BLOB];
	struct vault_key *k;

	memcpy(blob, key->blob, sizeof blob);
	ck_assert_int_eq(vault_new(vault, 7, span_str("deploy"), &k), OK);
	ck_assert_ptr_eq(k, key);
	ck_assert_int_eq(vault_new(vault, 8, span_str("deploy"), &k), OK);
	ck_assert_int_ne(memcmp(k->blob, blob, sizeof blob), 0);
	close_all();
	open_all();
	ck_assert_uint_eq(vault_count(vault), 2);
	k = vault_find(vault, 7, span_str("deploy"));
	ck_assert_int_eq(memcmp(k->blob, blob, sizeof blob), 0);
	ck_assert_ptr_null(vault_find(vault, 7, span_str("deploy2")));
	ck_assert_ptr_null(vault_find(vault, 9, span_str("deploy")));
}
END_TEST

START_TEST(every_flipped_bit_of_a_key_is_seen)
{
	char path[512];
	uint8_t buf[512];
	ssize_t n;
	int fd;

	key_file(path);
	close_all();
	fd = open(path, O_RDWR | O_CLOEXEC);
	n = read(fd, buf, sizeof buf);
	ck_assert_int_gt(n, VAULT_SEALED + VAULT_BLOB);
	ck_assert_int_eq(master_open(at_dir, &source, &master), OK);
	for (ssize_t i = 0; i < n; i++) {
		uint8_t bad = buf[i] ^ (uint8_t)(1 << i % 8);
		enum err e;

		ck_assert_int_eq(pwrite(fd, &bad, 1, i), 1);
		e = vault_open(at_dir, master, &vault, what);
		ck_assert_msg(e == ERR_KEY_FILE_BAD || e == ERR_SEALED,
		    "byte %zd: %s", i, err_code(e));
		ck_assert_int_eq(pwrite(fd, &buf[i], 1, i), 1);
	}
	ck_assert_int_eq(ftruncate(fd, n - 1), 0);
	ck_assert_int_eq(vault_open(at_dir, master, &vault, what),
	    ERR_KEY_FILE_BAD);
	ck_assert(strncmp(what, "keys/", 5) == 0);
	close(fd);
}
END_TEST

/* Somebody who can write to the folder gives a key another's name. */
START_TEST(a_key_file_stays_under_its_name)
{
	char path[512], other[520];

	key_file(path);
	close_all();
	snprintf(other, sizeof other, "%s/keys/0.key", dir);
	ck_assert_int_eq(rename(path, other), 0);
	ck_assert_int_eq(master_open(at_dir, &source, &master), OK);
	ck_assert_int_eq(vault_open(at_dir, master, &vault, what),
	    ERR_KEY_FILE_BAD);
}
END_TEST

START_TEST(the_master_file_is_its_owners_alone)
{
	struct master *m;

	ck_assert_int_eq(chmod(file, 0640), 0);
	ck_assert_int_eq(master_open(at_dir, &source, &m), ERR_CONFIG_OPEN);
	ck_assert_int_eq(chmod(file, 0600), 0);
	ck_assert_int_eq(master_open(at_dir, &source, &m), OK);
	master_free(m);
	ck_assert_int_eq(truncate(file, 31), 0);
	ck_assert_int_eq(master_open(at_dir, &source, &m), ERR_KEY_FILE_BAD);
	ck_assert_int_eq(truncate(file, 33), 0);
	ck_assert_int_eq(master_open(at_dir, &source, &m), ERR_KEY_FILE_BAD);
	ck_assert_int_eq(master_keygen(file), ERR_FILE_EXISTS);
	unlink(file);
	ck_assert_int_eq(master_open(at_dir, &source, &m), ERR_FILE_READ);
	ck_assert_int_eq(master_keygen(file), OK);
	ck_assert_int_eq(master_open(at_dir, &source, &m), ERR_PASSPHRASE);
}
END_TEST

START_TEST(the_folder_is_its_owners_alone)
{
	int fd;

	ck_assert_int_eq(chmod(dir, 0710), 0);
	ck_assert_int_eq(folder_open(dir, &fd), ERR_CONFIG_OPEN);
	ck_assert_int_eq(chmod(dir, 0700), 0);
	ck_assert_int_eq(folder_open(dir, &fd), OK);
	close(fd);
	ck_assert_int_eq(folder_open("/nonexistent", &fd), ERR_FILE_READ);
}
END_TEST

START_TEST(a_folder_is_made_once_and_used_by_one)
{
	int one, two;

	ck_assert_int_eq(master_init(at_dir, &source), ERR_FILE_EXISTS);
	ck_assert_int_eq(folder_lock(at_dir, &one), OK);
	ck_assert_int_eq(folder_lock(at_dir, &two), ERR_BUSY);
	close(one);
	ck_assert_int_eq(folder_lock(at_dir, &two), OK);
	close(two);
}
END_TEST

/* A crash between the link and the unlink, then the same command again. */
START_TEST(a_master_that_is_there_survives_another_keygen)
{
	char temporary[80];
	struct master *m;

	snprintf(temporary, sizeof temporary, "%s.new", file);
	ck_assert_int_eq(link(file, temporary), 0);
	ck_assert_int_eq(master_keygen(file), ERR_FILE_EXISTS);
	ck_assert_int_eq(master_open(at_dir, &source, &m), OK);
	master_free(m);
	ck_assert_int_eq(linkat(at_dir, "signer", at_dir, "signer.new", 0), 0);
	ck_assert_int_eq(master_init(at_dir, &source), ERR_FILE_EXISTS);
	ck_assert_int_eq(faccessat(at_dir, "signer.new", F_OK, 0), -1);
}
END_TEST

static int
line(const char *text)
{
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(write(fd[1], text, strlen(text)),
	    (ssize_t)strlen(text));
	close(fd[1]);
	return fd[0];
}

START_TEST(a_passphrase_or_a_credential_serves_as_well)
{
	char second[80], folder_of[64];
	struct master_source s = { .passphrase_fd = -1 };
	struct master *m;
	int fd;

	snprintf(second, sizeof second, "%s/second", top);
	ck_assert_int_eq(mkdir(second, 0700), 0);
	ck_assert_int_eq(folder_open(second, &fd), OK);
	s.passphrase_fd = line("correct horse\n");
	ck_assert_int_eq(master_init(fd, &s), OK);
	s.passphrase_fd = line("correct horse");
	ck_assert_int_eq(master_open(fd, &s, &m), OK);
	master_free(m);
	s.passphrase_fd = line("correct house\n");
	ck_assert_int_eq(master_open(fd, &s, &m), ERR_PASSPHRASE);
	s.passphrase_fd = line("\n");
	ck_assert_int_eq(master_open(fd, &s, &m), ERR_PASSPHRASE_MISSING);
	/* A file where a passphrase is wanted. */
	ck_assert_int_eq(master_open(fd, &source, &m), ERR_PASSPHRASE);
	close(fd);
	s = (struct master_source){ .credential = "master",
		.passphrase_fd = -1 };
	snprintf(folder_of, sizeof folder_of, "%s", top);
	ck_assert_int_eq(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	ck_assert_int_eq(master_open(at_dir, &s, &m), ERR_FILE_READ);
	ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", folder_of, 1), 0);
	ck_assert_int_eq(master_open(at_dir, &s, &m), OK);
	master_free(m);
	s.credential = "../master";
	ck_assert_int_eq(master_open(at_dir, &s, &m), ERR_FILE_READ);
}
END_TEST

START_TEST(signatures_have_a_rate)
{
	const struct bucket_rate r = { .burst = 2, .minute = 60 };
	struct bucket b = { 0 };
	uint64_t wait;

	ck_assert(bucket_take(&b, &r, 5000, &wait));
	ck_assert(bucket_take(&b, &r, 5000, &wait));
	ck_assert(!bucket_take(&b, &r, 5000, &wait));
	ck_assert_uint_eq(wait, 1000);
	ck_assert(!bucket_take(&b, &r, 5999, &wait));
	ck_assert(bucket_take(&b, &r, 6000, &wait));
	ck_assert(!bucket_take(&b, &r, 6000, &wait));
	ck_assert(bucket_take(&b, &r, 600000, &wait));
	ck_assert(bucket_take(&b, &r, 600000, &wait));
	ck_assert(!bucket_take(&b, &r, 600000, &wait));
	ck_assert(
	    bucket_take(&b, &(struct bucket_rate){ 1, 0 }, 600000, &wait));
}
END_TEST

int
main(void)
{
	const TTest *const t[] = { a_key_signs_what_verifies,
		a_name_is_one_key_for_ever, every_flipped_bit_of_a_key_is_seen,
		a_key_file_stays_under_its_name,
		the_master_file_is_its_owners_alone,
		the_folder_is_its_owners_alone,
		a_folder_is_made_once_and_used_by_one,
		a_master_that_is_there_survives_another_keygen,
		a_passphrase_or_a_credential_serves_as_well,
		signatures_have_a_rate };

	return SUITE_RUN_FIXTURE("vault", t, setup, teardown);
}
