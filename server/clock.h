/* SPDX-License-Identifier: ISC */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* The time of day, in Unix ms. */
uint64_t clock_unix_ms(void);
/* A clock that never jumps, since some moment. */
uint64_t clock_steady_ms(void);
/* The same in microseconds. */
uint64_t clock_steady_us(void);

#endif
