/* SPDX-License-Identifier: ISC */
#include "cmd_version.h"

#include <sodium.h>

#include <openssl/crypto.h>

#include "chain/version.h"
#include "out.h"

enum err
cmd_version_run(struct cli *c)
{
	const char *sodium = sodium_version_string();
	const char *openssl = OpenSSL_version(OPENSSL_VERSION_STRING);

	if (c->format != FORMAT_TABLE)
		return out_json(c,
		    json_pack("{s:s,s:s,s:s,s:s}", "encl", VERSION,
			"chain_format", "encl/1", "libsodium", sodium,
			"openssl", openssl));
	out_data("encl %s, chain format encl/1, libsodium %s, OpenSSL %s\n",
	    VERSION, sodium, openssl);
	return OK;
}
