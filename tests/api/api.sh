#!/bin/sh
# SPDX-License-Identifier: ISC
# The API, through a real encld on a real PostgreSQL.
exec "$(dirname "$0")/with-encld" operations appends evidence authorization input events log feeds webhooks mails
