/* SPDX-License-Identifier: ISC */
#ifndef CLOCK_H
#define CLOCK_H

#include <pthread.h>
#include <stdint.h>

/* The time of day, in Unix ms. */
uint64_t clock_unix_ms(void);
/* A clock that never jumps, since some moment. */
uint64_t clock_steady_ms(void);
/* One that counts while the machine sleeps, too. */
uint64_t clock_boot_ms(void);
/* The steady one in microseconds. */
uint64_t clock_steady_us(void);

/* A condition for clock_wait. */
void clock_cond_init(pthread_cond_t *c);
/* Waits for c, at most so many steady ms. */
void clock_wait(pthread_cond_t *c, pthread_mutex_t *lock, uint64_t ms);

#endif
