/* SPDX-License-Identifier: ISC */
#ifndef VERSION_H
#define VERSION_H

/* Of encld: what /.well-known/encl and `encld version` say. */
#define VERSION "0.1.0"

#endif
