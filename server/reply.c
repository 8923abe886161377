/* SPDX-License-Identifier: ISC */
#include "reply.h"

#include <stdarg.h>
#include <stdio.h>

/* jansson counts first when it is given no room. */
enum err
reply_json(struct req *q, struct reply *r, json_t *j)
{
	size_t n = j ? json_dumpb(j, NULL, 0, JSON_COMPACT) : 0;
	char *p = n ? arena_new(q->arena, n + 1) : NULL;

	if (p)
		n = json_dumpb(j, p, n, JSON_COMPACT);
	json_decref(j);
	if (!p || n == 0)
		return ERR_OUT_OF_MEMORY;
	reply_bytes(r, "application/json", span_of(p, n));
	return OK;
}

void
reply_bytes(struct reply *r, const char *type, struct span body)
{
	r->type = type;
	r->body = body;
}

void
reply_blob(struct reply *r, const char *type, struct blob *b)
{
	r->type = type;
	r->blob = b;
}

enum err
reply_problem(struct reply *r, enum err e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->detail, sizeof r->detail, fmt, ap);
	va_end(ap);
	return e;
}

unsigned
reply_status(enum err e)
{
	static const unsigned status[] = {
		[ERR_CLASS_OK] = 200,
		[ERR_CLASS_BUG] = 500,
		[ERR_CLASS_INPUT] = 400,
		[ERR_CLASS_TOO_LARGE] = 413,
		[ERR_CLASS_MEDIA] = 415,
		[ERR_CLASS_METHOD] = 405,
		[ERR_CLASS_VERIFY] = 422,
		[ERR_CLASS_LOGIN] = 401,
		[ERR_CLASS_ALLOW] = 403,
		[ERR_CLASS_MISSING] = 404,
		[ERR_CLASS_CONFLICT] = 409,
		[ERR_CLASS_POLICY] = 422,
		[ERR_CLASS_LIMIT] = 429,
		[ERR_CLASS_RETRY] = 503,
		[ERR_CLASS_TIMEOUT] = 408,
		/* The server has no such devices and asks nobody. */
		[ERR_CLASS_DEVICE] = 500,
		[ERR_CLASS_DECLINED] = 500,
	};

	return status[err_class(e)];
}

const char *
reply_title(unsigned status)
{
	switch (status) {
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 408:
		return "Request Timeout";
	case 409:
		return "Conflict";
	case 413:
		return "Content Too Large";
	case 415:
		return "Unsupported Media Type";
	case 422:
		return "Unprocessable Content";
	case 429:
		return "Too Many Requests";
	case 503:
		return "Service Unavailable";
	default:
		return "Internal Server Error";
	}
}

/* What a bug of ours was is for the log, not for the caller. */
static enum err
shown(enum err e)
{
	return reply_status(e) == 500 ? ERR_INTERNAL : e;
}

static json_t *
problem(struct req *q, struct reply *r, enum err e)
{
	json_t *j = json_pack("{s:o, s:s, s:i, s:s, s:s, s:s}", "type",
	    json_sprintf("/errors/%s", err_code(e)), "title",
	    reply_title(r->status), "status", (int)r->status, "code",
	    err_code(e), "detail",
	    r->detail[0] && e != ERR_INTERNAL ? r->detail : err_sentence(e),
	    "request_id", q->request_id);

	if (j && r->extra && e != ERR_INTERNAL)
		json_object_update_missing(j, r->extra);
	return j;
}

void
reply_error(struct req *q, struct reply *r, enum err e)
{
	static const char last_words[] =
	    "{\"type\":\"/errors/out_of_memory\","
	    "\"title\":\"Service Unavailable\",\"status\":503,"
	    "\"code\":\"out_of_memory\"}";

	r->status = reply_status(e);
	if (r->status == 503 && r->retry_after == 0)
		r->retry_after = 2;
	if (r->status == 429 && r->retry_after == 0)
		r->retry_after = 1;
	if (reply_json(q, r, problem(q, r, shown(e))) != OK) {
		r->status = 503;
		r->body = span_str(last_words);
	}
	json_decref(r->extra);
	r->extra = NULL;
	blob_drop(r->blob);
	r->blob = NULL;
	r->type = "application/problem+json";
	r->cache = CACHE_NONE;
	r->etag[0] = r->location[0] = r->link_next[0] = '\0';
}
