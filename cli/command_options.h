/* SPDX-License-Identifier: ISC */
#ifndef COMMAND_OPTIONS_H
#define COMMAND_OPTIONS_H

#include "options.h"

/* The options that one command has, or a few alike; each list ends with a row
 * without a name. */
extern const struct option command_options_help[];
extern const struct option command_options_generate[];
extern const struct option command_options_key_attest[];
extern const struct option command_options_enroll[];
extern const struct option command_options_login[];
extern const struct option command_options_create[];
extern const struct option command_options_kms_policy[];
extern const struct option command_options_history[];
extern const struct option command_options_measurements[];
extern const struct option command_options_kms_lint[];
extern const struct option command_options_definition[];
extern const struct option command_options_import[];
extern const struct option command_options_into[];
extern const struct option command_options_lint[];
extern const struct option command_options_stage[];
extern const struct option command_options_policy[];
extern const struct option command_options_revoke[];
extern const struct option command_options_endorse[];
extern const struct option command_options_sign[];
extern const struct option command_options_wait[];
extern const struct option command_options_export[];
extern const struct option command_options_pin[];
extern const struct option command_options_token[];
extern const struct option command_options_api[];
extern const struct option command_options_chain_verify[];
extern const struct option command_options_publish[];
extern const struct option command_options_deliver[];
extern const struct option command_options_checkpoint[];
extern const struct option command_options_split[];
extern const struct option command_options_watch[];
extern const struct option command_options_attest_verify[];
extern const struct option command_options_live[];
extern const struct option command_options_measure[];
extern const struct option command_options_reproduce[];
extern const struct option command_options_build[];

#endif
