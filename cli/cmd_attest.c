/* SPDX-License-Identifier: ISC */
#include "cmd_attest.h"

#include "chain/attest.h"
#include "chain/text.h"
#include "doc_text.h"
#include "fail.h"
#include "file.h"
#include "mem.h"
#include "out.h"
#include "root.h"
#include "value.h"
#include "view/view.h"

static enum err
verify(const struct attest *a, const struct h32 *root, size_t n, uint64_t at)
{
	enum err e = ERR_DOC_ROOT;

	for (size_t i = 0; i < n && e == ERR_DOC_ROOT; i++)
		e = attest_verify(a, &root[i], at, NULL);
	return e;
}

/* A NitroTPM's document is read, so that it can be shown, and refused, unless
 * it is what was asked for. */
static enum err
parse(const struct cli *c, struct span doc, struct attest *a)
{
	enum err e;

	if (command_is(c, "nitrotpm"))
		return attest_parse_nitrotpm(doc, a);
	e = attest_parse(doc, a);
	if (e == ERR_DOC_NITROTPM)
		(void)!attest_parse_nitrotpm(doc, a);
	return e;
}

static enum err
judge(const struct cli *c, struct span doc, struct attest *a, enum err *verdict)
{
	struct h32 root[ROOT_MAX];
	size_t n;

	TRY(root_options(c, root, &n));
	if (n == 0)
		root[n++] = attest_root_aws;
	*verdict = parse(c, doc, a);
	if (*verdict == OK) {
		*verdict = verify(a, root, n,
		    command_is(c, "live") ? value_now() : a->timestamp);
	}
	if (*verdict == OK && attest_is_debug(a) &&
	    !command_is(c, "allow-debug"))
		*verdict = ERR_DOC_DEBUG;
	return OK;
}

static enum err
print_json(const struct cli *c, const struct attest *a, enum err verdict)
{
	json_t *doc = view_document(a), *o;
	bool tpm = a->nitrotpm;

	if (doc == NULL)
		return ERR_OUT_OF_MEMORY;
	o = json_pack("{s:s,s:s,s:s}", "verdict",
	    verdict == OK ? "ok" : "refused", "code", err_code(verdict), "kind",
	    tpm ? "nitrotpm" : "enclave");
	if (o == NULL || json_object_update(o, doc) != 0) {
		json_decref(o);
		o = NULL;
	}
	json_decref(doc);
	return out_json(c, o);
}

static void
print_opt(const char *name, const struct attest_opt *v)
{
	if (!v->present) {
		out_data("%-11s -\n", name);
	} else if (v->v.n > 0 && text_is_line(v->v)) {
		out_data("%-11s \"%s\"\n", name, mem_string(v->v));
	} else {
		out_data("%-11s %s\n", name, mem_hex(v->v));
	}
}

static void
print_pcrs(const struct pcrs *p)
{
	static const uint8_t zero[PCR_SIZE];
	struct span v;

	for (unsigned i = 0; i < PCR_COUNT; i++) {
		if (!(p->mask >> i & 1))
			continue;
		v = span_of(p->value[i], PCR_SIZE);
		if (i < 3 || memcmp(v.p, zero, PCR_SIZE) != 0)
			out_data("PCR%-8u %s\n", i, mem_hex(v));
	}
}

static void
print_text(const struct attest *a, enum err verdict)
{
	if (verdict == OK) {
		out_data("OK%s\n",
		    a->nitrotpm ? " (an instance's NitroTPM, no enclave)"
		    : attest_is_debug(a) ? " (debug: the PCRs say nothing)"
					 : "");
	} else {
		out_data("REFUSED     %s: %s\n", err_code(verdict),
		    err_sentence(verdict));
	}
	if (a->module_id.n > 0)
		out_data("module      %s\n", mem_string(a->module_id));
	if (a->timestamp > 0 && a->timestamp <= TIME_MAX)
		out_data("time        %s\n", value_time_text(a->timestamp));
	print_pcrs(&a->pcrs);
	if (a->ca_n == 0) /* it was not read as far as that */
		return;
	print_opt("user_data", &a->user_data);
	print_opt("nonce", &a->nonce);
	print_opt("public_key", &a->public_key);
}

enum err
cmd_attest_verify(struct cli *c)
{
	struct attest a;
	enum err verdict;
	struct span file;

	TRY(file_read(command_arg(c, 0), DOC_TEXT_MAX, &file));
	TRY(judge(c, doc_text_read(file), &a, &verdict));
	if (verdict == ERR_DOC_NITROTPM)
		fail_hint("--nitrotpm verifies it as what it is");
	if (c->format == FORMAT_TABLE) {
		print_text(&a, verdict);
	} else {
		TRY(print_json(c, &a, verdict));
	}
	return verdict;
}
