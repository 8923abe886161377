/* SPDX-License-Identifier: ISC */
#ifndef PKCS11_LIB_H
#define PKCS11_LIB_H

#include <stddef.h> /* p11-kit.h needs it and does not say so */

#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>

#include "chain/err.h"
#include "chain/span.h"

/*
 * p11-kit: the modules that this machine has registered, or one by its path,
 * and RFC 7512 URIs.  Loaded when it is first needed, so that encl starts
 * where it is not installed.
 */
struct pkcs11_lib {
	CK_FUNCTION_LIST *(*module_load)(const char *path, int flags);
	CK_RV (*module_initialize)(CK_FUNCTION_LIST *m);
	CK_RV (*module_finalize)(CK_FUNCTION_LIST *m);
	CK_FUNCTION_LIST **(*modules_load)(const char *reserved, int flags);
	char *(*module_get_name)(CK_FUNCTION_LIST *m);
	int (*module_get_flags)(CK_FUNCTION_LIST *m);
	const char *(*message)(void);
	const char *(*strerror)(CK_RV rv);
	void (*be_quiet)(void);
	P11KitUri *(*uri_new)(void);
	void (*uri_free)(P11KitUri *u);
	int (*uri_parse)(const char *s, P11KitUriType type, P11KitUri *u);
	int (*uri_format)(P11KitUri *u, P11KitUriType type, char **s);
	const char *(*uri_message)(int code);
	int (*uri_any_unrecognized)(P11KitUri *u);
	int (*uri_match_module_info)(const P11KitUri *u, const CK_INFO *i);
	int (*uri_match_slot_info)(const P11KitUri *u, const CK_SLOT_INFO *i);
	int (*uri_match_token_info)(const P11KitUri *u, const CK_TOKEN_INFO *i);
	CK_SLOT_ID (*uri_get_slot_id)(P11KitUri *u);
	CK_TOKEN_INFO *(*uri_get_token_info)(P11KitUri *u);
	CK_ATTRIBUTE *(*uri_get_attribute)(P11KitUri *u, CK_ATTRIBUTE_TYPE t);
	int (*uri_set_attribute)(P11KitUri *u, CK_ATTRIBUTE *a);
	const char *(*uri_get_pin_source)(const P11KitUri *u);
	const char *(*uri_get_module_path)(const P11KitUri *u);
	const char *(*uri_get_module_name)(const P11KitUri *u);
	void (*uri_set_module_path)(P11KitUri *u, const char *path);
	void (*uri_set_module_name)(P11KitUri *u, const char *name);
};

/* ERR_KEY_LIBRARY, with the package's name. */
MUST_USE enum err pkcs11_lib_load(const struct pkcs11_lib **lib);

#endif
