/* SPDX-License-Identifier: ISC */
#include "openapi_embed.h"

__asm__(".section .rodata\n"
	"openapi_embed_begin:\n"
	".incbin \"openapi/encl.json\"\n"
	"openapi_embed_end:\n"
	".previous\n");

extern const uint8_t openapi_embed_begin[];
extern const uint8_t openapi_embed_end[];

struct span
openapi_embed(void)
{
	return span_of(openapi_embed_begin,
	    (size_t)(openapi_embed_end - openapi_embed_begin));
}
