/* SPDX-License-Identifier: ISC */
#ifndef NSM_DEVICE_H
#define NSM_DEVICE_H

#include "nsm.h"

/* The NSM of a Nitro enclave: /dev/nsm, as linux/nsm.h defines it. */
#define NSM_DEVICE_PATH "/dev/nsm"
#define NSM_DEVICE_REQUEST_MAX 4096
#define NSM_DEVICE_RESPONSE_MAX 12288

/* Opens the device.  ERR_NSM with errno set. */
MUST_USE enum err nsm_device_open(const char *path, struct nsm *n);

/* One exchange with the module: the ioctl, or what a test puts in its place.
 * resp_n holds the room at resp, and then what was written there.  0, or -1
 * with errno set. */
typedef int nsm_device_exchange(void *ctx, struct span req, uint8_t *resp,
    size_t *resp_n);

/* An NSM that speaks through exchange.  ctx is the caller's and outlives n. */
MUST_USE enum err nsm_device_with(nsm_device_exchange *exchange, void *ctx,
    struct nsm *n);

#endif
