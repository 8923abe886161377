/* SPDX-License-Identifier: ISC */
#ifndef CMD_WEBHOOK_H
#define CMD_WEBHOOK_H

#include "command.h"

MUST_USE enum err cmd_webhook_create(struct cli *c);
MUST_USE enum err cmd_webhook_list(struct cli *c);
MUST_USE enum err cmd_webhook_show(struct cli *c);
MUST_USE enum err cmd_webhook_delete(struct cli *c);
MUST_USE enum err cmd_webhook_test(struct cli *c);
MUST_USE enum err cmd_webhook_enable(struct cli *c);
MUST_USE enum err cmd_webhook_rotate_secret(struct cli *c);
MUST_USE enum err cmd_webhook_deliveries(struct cli *c);
MUST_USE enum err cmd_webhook_redeliver(struct cli *c);
/* A mail address asks to be told of a chain. */
MUST_USE enum err cmd_webhook_subscribe(struct cli *c);

#endif
