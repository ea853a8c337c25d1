/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/text/spark.h"
#include <string.h>

void spark_add(struct spark *s, __u64 value)
{
	s->v[s->at] = value;
	s->at = (s->at + 1) % SPARK_LEN;
	s->n += s->n < SPARK_LEN;
}

void spark_clear(struct spark *s)
{
	memset(s, 0, sizeof(*s));
}

bool spark_get(const struct spark *s, unsigned int back, __u64 *ret)
{
	if (back >= s->n)
		return false;
	*ret = s->v[(s->at + SPARK_LEN - 1 - back) % SPARK_LEN];
	return true;
}

/* The largest of the values from @from on before @to, counted back from the newest. False: there is none. */
static bool largest(const struct spark *s, unsigned int from, unsigned int to, __u64 *ret)
{
	bool any = false;
	__u64 v;

	*ret = 0;
	for (; from < to && spark_get(s, from, &v); from++) {
		*ret = v > *ret ? v : *ret;
		any = true;
	}
	return any;
}

void spark_draw(struct strbuf *b, const struct spark *s, unsigned int width)
{
	unsigned int i, from, to, level;
	__u64 max, v;

	(void)largest(s, 0, SPARK_LEN, &max);
	for (i = width; i-- > 0;) {
		from = i * SPARK_LEN / width;
		to = (i + 1) * SPARK_LEN / width;
		if (!largest(s, from, to > from ? to : from + 1, &v)) {
			strbuf_addc(b, ' ');
			continue;
		}
		level = max ? (unsigned int)(((unsigned __int128)v * 7 + max / 2) / max) : 0;
		/* Something is never drawn as nothing. */
		level += v && !level;
		strbuf_adds(b, "\xe2\x96");
		strbuf_addc(b, (char)(0x81 + level));
	}
}

int spark_trend(const struct spark *s, unsigned int back)
{
	unsigned __int128 sum = 0;
	unsigned int n;
	__u64 now, v;

	if (!spark_get(s, 0, &now))
		return 0;
	for (n = 0; n < back && spark_get(s, n + 1, &v); n++)
		sum += v;
	return n == 0 || (unsigned __int128)now * n == sum ? 0 : (unsigned __int128)now * n > sum ? 1 : -1;
}
