/* SPDX-License-Identifier: ISC */
#ifndef COMPLETION_H
#define COMPLETION_H

#include "command.h"

/* The handler of `encl completion bash|zsh|fish`: a script on stdout. */
MUST_USE enum err completion_run(struct cli *c);

#endif
