/* SPDX-License-Identifier: ISC */
#include "pkcs11_uri.h"

#include <stdlib.h>

#include "cli/fail.h"
#include "cli/mem.h"

/* RFC 7512 section 2.4 lets a program be named here; what runs programs is no
 * mere name any more. */
static enum err
pin_source(struct pkcs11_uri *u)
{
	const char *s = u->lib->uri_get_pin_source(u->uri);

	u->pin_file = NULL;
	if (s == NULL)
		return OK;
	if (strncmp(s, "file://", 7) == 0)
		s += 7;
	else if (strncmp(s, "file:", 5) == 0)
		s += 5;
	if (s[0] == '|' || s[0] == '\0')
		return fail_with(ERR_USAGE, "pin-source names a file.");
	u->pin_file = s;
	return OK;
}

static enum err
attributes(struct pkcs11_uri *u)
{
	const CK_ATTRIBUTE *class =
	    u->lib->uri_get_attribute(u->uri, CKA_CLASS);
	const CK_ATTRIBUTE *label =
	    u->lib->uri_get_attribute(u->uri, CKA_LABEL);
	const CK_ATTRIBUTE *id = u->lib->uri_get_attribute(u->uri, CKA_ID);
	CK_OBJECT_CLASS c = CKO_PRIVATE_KEY;

	if (class != NULL && class->ulValueLen == sizeof c)
		memcpy(&c, class->pValue, sizeof c);
	if (c != CKO_PRIVATE_KEY)
		return fail_with(ERR_USAGE,
		    "A private key signs; leave \"type\" out.");
	if (label != NULL)
		u->object =
		    mem_string(span_of(label->pValue, label->ulValueLen));
	if (id != NULL)
		u->id = span_of(id->pValue, id->ulValueLen);
	return OK;
}

enum err
pkcs11_uri_read(const char *rest, struct pkcs11_uri *u)
{
	const char *text = mem_printf("pkcs11:%s", rest);
	int r;

	memset(u, 0, sizeof *u);
	if (strstr(rest, "pin-value=") != NULL) {
		fail_hint("leave it out and it is asked, or name a file with "
			  "pin-source=");
		return fail_with(ERR_USAGE,
		    "A PIN in a URI is seen by every process of this machine.");
	}
	TRY(pkcs11_lib_load(&u->lib));
	u->uri = u->lib->uri_new();
	if (u->uri == NULL)
		return ERR_OUT_OF_MEMORY;
	r = u->lib->uri_parse(text, P11_KIT_URI_FOR_ANY, u->uri);
	if (r != P11_KIT_URI_OK) {
		fail_hint(
		    "pkcs11:token=NAME;object=NAME; `encl key list` shows "
		    "those at hand");
		return fail_with(ERR_USAGE, "%s: %s.", text,
		    u->lib->uri_message(r));
	}
	if (u->lib->uri_any_unrecognized(u->uri))
		return fail_with(ERR_USAGE,
		    "%s has an attribute that RFC 7512 does not.", text);
	u->module_path = u->lib->uri_get_module_path(u->uri);
	u->module_name = u->lib->uri_get_module_name(u->uri);
	TRY(attributes(u));
	return pin_source(u);
}

void
pkcs11_uri_free(struct pkcs11_uri *u)
{
	if (u->uri != NULL)
		u->lib->uri_free(u->uri);
	u->uri = NULL;
}

const char *
pkcs11_uri_exact(const struct pkcs11_uri *u, const CK_TOKEN_INFO *info,
    const char *object, struct span id)
{
	const struct pkcs11_lib *l = u->lib;
	P11KitUri *x = l->uri_new();
	CK_TOKEN_INFO *t = x != NULL ? l->uri_get_token_info(x) : NULL;
	const char *text = "pkcs11:";
	char *made;

	if (t == NULL)
		return text;
	memcpy(t->label, info->label, sizeof t->label);
	memcpy(t->serialNumber, info->serialNumber, sizeof t->serialNumber);
	if (object != NULL && object[0] != '\0')
		(void)l->uri_set_attribute(x,
		    &(CK_ATTRIBUTE){ CKA_LABEL, (void *)(uintptr_t)object,
			strlen(object) });
	if (id.n > 0)
		(void)l->uri_set_attribute(x,
		    &(CK_ATTRIBUTE){ CKA_ID, (void *)(uintptr_t)id.p, id.n });
	l->uri_set_module_path(x, u->module_path);
	l->uri_set_module_name(x, u->module_name);
	if (l->uri_format(x, P11_KIT_URI_FOR_ANY, &made) == P11_KIT_URI_OK) {
		text = mem_printf("%s", made);
		free(made);
	}
	l->uri_free(x);
	return text;
}
