/* SPDX-License-Identifier: ISC */
#ifndef SAME_H
#define SAME_H

#include <check.h>

#include "chain/err.h"

/* The call answers with this enum err; a failure names both. */
#define same(call, code) ck_assert_str_eq(err_code(call), err_code(code))

#endif
