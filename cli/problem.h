/* SPDX-License-Identifier: ISC */
#ifndef PROBLEM_H
#define PROBLEM_H

#include "api.h"

/*
 * What went wrong, by the problem document (RFC 9457) that the server answered:
 * the error of its `code`, with its detail, its faults and the request's id for
 * the message.  OK for 2xx.  ERR_UNKNOWN_CODE: a code that this program does
 * not know; ERR_ANSWER_BAD: a code that means success, or no problem document;
 * ERR_NETWORK: none with a status of 500 or above.
 */
MUST_USE enum err problem_judge(const struct api_answer *a);

#endif
