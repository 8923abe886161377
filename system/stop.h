/* SPDX-License-Identifier: ISC */
#ifndef STOP_H
#define STOP_H

#include <signal.h>

/* SIGTERM and SIGINT end a program that serves: what is returned is not 0 once
 * one of them came.  Where before is not NULL they are blocked from now on, and
 * come only while the program waits under that mask, which is the one from
 * before this call. */
const volatile sig_atomic_t *stop_on_signals(sigset_t *before);

#endif
