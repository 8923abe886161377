#!/bin/sh
# SPDX-License-Identifier: ISC
# What the header gate and the deadlines do, against a real encld, byte by byte.
exec "$(dirname "$0")/with-encld" http_raw
