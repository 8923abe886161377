/* SPDX-License-Identifier: ISC */
#ifndef SEALED_ENROLL_H
#define SEALED_ENROLL_H

#include "holder.h"
#include "sealed_use.h"

/*
 * Makes a sealed key: holder.generate with seed NULL, else holder.import.
 * Options of the command: --slot, --serial, --program, --access-code and
 * --recovery-out.  Every slot is probed, and refused when it answers without
 * a touch; with several keys, each must give the same answer.
 *
 * ERR_FILE_EXISTS, ERR_USAGE, ERR_DECLINED (somebody may want what the slot
 * holds), ERR_TOUCH_OFF, ERR_DEVICE_REFUSED, those of sealed_pick.h, ykpers.h
 * and ui->secret.  There is no file after an error.
 */
MUST_USE enum err sealed_enroll(const struct ui *ui, const char *path,
    const struct holder_make *make, const uint8_t *seed, struct out *blob,
    const char **name);

/* Writes the slot secret of a key that is open into further YubiKeys, those of
 * --serial, which belong to the file from then on (with sealed_use_renew). */
MUST_USE enum err sealed_enroll_more(struct sealed_use *u);

#endif
