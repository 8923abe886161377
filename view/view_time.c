/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "view.h"

#define DAY_MS UINT64_C(86400000)

/* Days since 1970-01-01 as a date, and back: the proleptic Gregorian calendar
 * counted in eras of 400 years that begin on 1 March. */
static void
date_of_days(uint64_t days, unsigned *year, unsigned *month, unsigned *day)
{
	uint64_t z = days + 719468;
	uint64_t era = z / 146097, doe = z % 146097;
	uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	uint64_t mp = (5 * doy + 2) / 153;

	*day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	*month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	*year = (unsigned)(yoe + era * 400 + (*month <= 2));
}

static uint64_t
days_of_date(uint64_t year, uint64_t month, uint64_t day)
{
	uint64_t y = year - (month <= 2), yoe = y % 400;
	uint64_t mp = month > 2 ? month - 3 : month + 9;
	uint64_t doy = (153 * mp + 2) / 5 + day - 1;
	uint64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return y / 400 * 146097 + doe - 719468;
}

void
view_time_text(uint64_t ms, char text[VIEW_TIME_SIZE])
{
	unsigned year, month, day, second;

	if (ms > TIME_MAX)
		ms = TIME_MAX;
	date_of_days(ms / DAY_MS, &year, &month, &day);
	second = (unsigned)(ms % DAY_MS / 1000);
	(void)snprintf(text, VIEW_TIME_SIZE,
	    "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", year % 10000, month % 100,
	    day % 100, second / 3600 % 100, second / 60 % 60, second % 60,
	    (unsigned)(ms % 1000));
}

/* n digits off the front of *s. */
static bool
take(struct span *s, size_t n, uint64_t *v)
{
	if (s->n < n)
		return false;
	*v = 0;
	for (size_t i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		*v = *v * 10 + (uint64_t)(s->p[i] - '0');
	}
	*s = span_of(s->p + n, s->n - n);
	return true;
}

/* One of the characters of set off the front of *s; 0 when it is not there. */
static uint8_t
take_one(struct span *s, const char *set)
{
	uint8_t c = s->n ? s->p[0] : 0;

	if (c == 0 || strchr(set, c) == NULL)
		return 0;
	*s = span_of(s->p + 1, s->n - 1);
	return c;
}

static bool
take_date(struct span *s, uint64_t *days)
{
	static const uint8_t length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
		31, 30, 31 };
	uint64_t year, month, day, last;

	if (!take(s, 4, &year) || !take_one(s, "-") || !take(s, 2, &month) ||
	    !take_one(s, "-") || !take(s, 2, &day))
		return false;
	if (year < 1970 || month < 1 || month > 12)
		return false;
	last = length[month - 1];
	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		last++;
	if (day < 1 || day > last)
		return false;
	*days = days_of_date(year, month, day);
	return true;
}

/* ".25" is 250 ms. */
static bool
take_fraction(struct span *s, uint64_t *ms)
{
	uint64_t digit, unit = 100;
	size_t n = 0;

	*ms = 0;
	if (!take_one(s, "."))
		return true;
	for (; take(s, 1, &digit); n++, unit /= 10) {
		if (unit == 0 && digit != 0)
			return false;
		*ms += digit * unit;
	}
	return n > 0;
}

static bool
take_clock(struct span *s, uint64_t *ms)
{
	uint64_t hour, minute, second, part;

	if (!take(s, 2, &hour) || !take_one(s, ":") || !take(s, 2, &minute) ||
	    !take_one(s, ":") || !take(s, 2, &second) ||
	    !take_fraction(s, &part))
		return false;
	if (hour > 23 || minute > 59 || second > 59)
		return false;
	*ms = ((hour * 60 + minute) * 60 + second) * 1000 + part;
	return true;
}

static bool
take_offset(struct span *s, int64_t *ms)
{
	uint64_t hour, minute;
	uint8_t sign;

	*ms = 0;
	if (take_one(s, "Zz"))
		return true;
	sign = take_one(s, "+-");
	if (!sign || !take(s, 2, &hour) || !take_one(s, ":") ||
	    !take(s, 2, &minute) || hour > 23 || minute > 59)
		return false;
	*ms = (int64_t)(hour * 60 + minute) * 60000;
	if (sign == '-')
		*ms = -*ms;
	return true;
}

enum err
view_time_parse(struct span text, uint64_t *ms)
{
	uint64_t days, clock;
	int64_t offset, t;

	if (!take_date(&text, &days) || !take_one(&text, "Tt ") ||
	    !take_clock(&text, &clock) || !take_offset(&text, &offset) ||
	    text.n != 0)
		return ERR_TIME_RANGE;
	t = (int64_t)(days * DAY_MS + clock) - offset;
	if (t < 0 || (uint64_t)t > TIME_MAX)
		return ERR_TIME_RANGE;
	*ms = (uint64_t)t;
	return OK;
}

json_t *
view_time(uint64_t ms)
{
	char text[VIEW_TIME_SIZE];

	view_time_text(ms, text);
	return json_string(text);
}
