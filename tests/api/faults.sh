#!/bin/sh
# SPDX-License-Identifier: ISC
# What happens around encld: PostgreSQL away, SIGKILL, two servers; limits; the
# signer of its keys.
exec "$(dirname "$0")/with-encld" faults limits signer stream_faults webhook_faults
