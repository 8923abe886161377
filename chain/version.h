/* SPDX-License-Identifier: ISC */
#ifndef VERSION_H
#define VERSION_H

/* Of encl, encld, encl-agent and encl-countersign alike. */
#define VERSION "0.1.0"

#endif
