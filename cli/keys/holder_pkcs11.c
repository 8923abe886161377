/* SPDX-License-Identifier: ISC */
#include "chain/hash.h"
#include "cli/fail.h"
#include "cli/mem.h"
#include "holder.h"
#include "pkcs11_child.h"
#include "pkcs11_job.h"

struct opened {
	const struct ui *ui;
	struct pkcs11_uri uri;
	struct pkcs11_child child;
	struct pkcs11_message key; /* the one that the child has */
};

static void
take(void *ctx, const struct pkcs11_message *m)
{
	struct pkcs11_message *key = ctx;

	*key = *m;
}

/* What people call the key: its label where that is fit to be a name, else its
 * fingerprint.  Also checks what the module says the public key is. */
static enum err
name_of(const struct pkcs11_message *m, const char **name)
{
	struct span blob = span_of(m->data, m->n);
	char *text = mem_new(51);
	struct h32 kid;

	if (key_parse(blob, NULL, NULL, NULL) != OK)
		return fail_with(ERR_DEVICE_GONE,
		    "The PKCS#11 module names no key.");
	TRY(hash_sha256(blob, &kid));
	key_fingerprint(&kid, text);
	*name = m->name[0] != '\0' ? mem_printf("%s", m->name) : text;
	return OK;
}

static enum err
sign(void *ctx, struct span payload, uint8_t *sig, size_t *n)
{
	struct opened *o = ctx;
	struct pkcs11_message *done = mem_new(sizeof *done);
	uint8_t tbs[SSHSIG_TBS_SIZE];

	TRY(sshsig_tbs(payload, tbs));
	TRY(pkcs11_child_serve(&o->child, o->ui, o->uri.pin_file,
	    span_of(tbs, sizeof tbs), NULL, NULL, done));
	if (done->n > KEY_SIG_MAX)
		return ERR_SIG_FORM;
	memcpy(sig, done->data, done->n);
	*n = done->n;
	return OK;
}

static void
close_key(void *ctx)
{
	struct opened *o = ctx;

	pkcs11_child_end(&o->child);
	pkcs11_uri_free(&o->uri);
}

/* The child finds the key, and keeps it until close_key. */
static enum err
begin(struct opened *o, const char *rest, const char **name)
{
	struct pkcs11_message *done = mem_new(sizeof *done);

	TRY(pkcs11_uri_read(rest, &o->uri));
	TRY(pkcs11_child_start(&o->child, pkcs11_job_sign, &o->uri));
	TRY(pkcs11_child_serve(&o->child, o->ui, o->uri.pin_file,
	    span_of(NULL, 0), take, &o->key, done));
	return name_of(&o->key, name);
}

static enum err
open_key(const struct ui *ui, const char *rest, struct signer *s,
    const char **name)
{
	struct opened *o = mem_new(sizeof *o);
	enum err e;

	o->ui = ui;
	o->child = (struct pkcs11_child){ -1, -1 };
	e = begin(o, rest, name);
	if (e != OK) {
		close_key(o);
		return e;
	}
	memcpy(s->blob_buf, o->key.data, o->key.n);
	s->blob = span_of(s->blob_buf, o->key.n);
	s->ctx = o;
	s->sign = sign;
	s->close = close_key;
	return OK;
}

/* A checkout that is not one's own brings its .encl.yaml, and could bring a
 * module. */
static enum err
tame(const char *rest)
{
	struct pkcs11_uri u;
	enum err e = pkcs11_uri_read(rest, &u);

	if (e == OK && (u.module_path != NULL || u.pin_file != NULL)) {
		fail_hint("--key names such a key");
		e = fail_with(ERR_CONFIG_BAD,
		    ".encl.yaml cannot name the file of a module or of a PIN.");
	}
	pkcs11_uri_free(&u);
	return e;
}

/* What the module is to call it: object=, else --name. */
static enum err
label_of(const struct pkcs11_uri *u, const struct holder_make *make,
    const char **label)
{
	*label = u->object != NULL ? u->object : make->name;
	if (*label != NULL)
		return OK;
	return fail_with(ERR_USAGE,
	    "object= in the reference, or --name, names the new key.");
}

/* One job, from the reference to the child's end. */
static enum err
run(const struct ui *ui, const struct pkcs11_uri *u,
    void (*job)(int fd, void *arg), void *arg,
    void (*key)(void *ctx, const struct pkcs11_message *m), void *ctx)
{
	struct pkcs11_message *done = mem_new(sizeof *done);
	struct pkcs11_child child;
	enum err e;

	TRY(pkcs11_child_start(&child, job, arg));
	e = pkcs11_child_serve(&child, ui, u->pin_file, span_of(NULL, 0), key,
	    ctx, done);
	pkcs11_child_end(&child);
	return e;
}

static enum err
generate(const struct ui *ui, const char *rest, const struct holder_make *make,
    struct out *blob, const char **name)
{
	struct pkcs11_uri u;
	struct pkcs11_message *key = mem_new(sizeof *key);
	struct pkcs11_job_make what = { .uri = &u,
		.type = make->typed ? make->type : KEY_P256 };
	enum err e = pkcs11_uri_read(rest, &u);

	if (e == OK)
		e = label_of(&u, make, &what.label);
	if (e == OK)
		e = run(ui, &u, pkcs11_job_make, &what, take, key);
	pkcs11_uri_free(&u);
	TRY(e);
	TRY(name_of(key, name));
	out_put(blob, key->data, key->n);
	if (make->name != NULL)
		*name = make->name;
	return OK;
}

struct listing {
	holder_list_fn *each;
	void *ctx;
};

static void
list_one(void *ctx, const struct pkcs11_message *m)
{
	const struct listing *l = ctx;

	l->each(l->ctx,
	    &(struct holder_key){ mem_printf("%s", m->text),
		mem_printf("%s", m->name), mem_copy(span_of(m->data, m->n)) });
}

/* Without p11-kit there are none of these keys, which is no error. */
static enum err
list(const struct ui *ui, holder_list_fn *each, void *ctx)
{
	struct listing l = { each, ctx };
	struct pkcs11_uri u;
	enum err e = pkcs11_uri_read("", &u);
	bool there = e != ERR_KEY_LIBRARY;

	if (e == OK)
		e = run(ui, &u, pkcs11_job_list, &u, list_one, &l);
	pkcs11_uri_free(&u);
	if (there)
		return e;
	fail_forget();
	return OK;
}

const struct holder holder_pkcs11 = {
	.scheme = "pkcs11",
	.form = "pkcs11:token=NAME;object=NAME",
	.about = "a key in a smart card or HSM with a PKCS#11 module, by its "
		 "RFC 7512 URI",
	.custody = CUSTODY_DEVICE,
	.open = open_key,
	.tame = tame,
	.generate = generate,
	.list = list,
};
