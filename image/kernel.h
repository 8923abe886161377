/* SPDX-License-Identifier: ISC */
#ifndef KERNEL_H
#define KERNEL_H

#include "chain/span.h"

/* The version that a kernel for x86 names in its header ("5.10.209"; Linux,
 * Documentation/arch/x86/boot.rst), from its first KERNEL_HEAD bytes or all
 * there are, with a NUL.  False where it names none. */
#define KERNEL_HEAD ((size_t)1 << 17)
#define KERNEL_VERSION 65
MUST_USE bool kernel_version(struct span head, char text[KERNEL_VERSION]);

#endif
