/* SPDX-License-Identifier: ISC */
#ifndef STATUS_H
#define STATUS_H

#include "chain/err.h"

/* The exit status of a service that keeps keys, by the class of its error. */
int status_of(enum err e);

#endif
