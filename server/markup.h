/* SPDX-License-Identifier: ISC */
#ifndef MARKUP_H
#define MARKUP_H

#include "chain/span.h"

/* Text that people wrote, as it may stand in other forms. */

/* s as the content of an element or a quoted attribute of XML 1.0 or HTML.
 * What XML cannot hold becomes U+FFFD. */
void markup_xml(struct out *o, struct span s);

/* s as a TEXT value of RFC 5545 3.3.11.  A line feed becomes \n, other control
 * characters go. */
void markup_ics(struct out *o, struct span s);

/* One content line of RFC 5545 (without its end), folded at 75 octets between
 * characters, with CRLF. */
void markup_ics_line(struct out *o, struct span line);

#endif
