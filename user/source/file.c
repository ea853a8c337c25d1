/* SPDX-License-Identifier: GPL-2.0-only */
/* Events from a recording: a gzip file, the same bytes uncompressed, or a pipe that carries either. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "core/event/record.h"
#include "core/text/strbuf.h"
#include "source/file.h"

#define IN_SIZE (32 * 1024)
#define OUT_SIZE (128 * 1024)		/* bounds the work of one pump() */

struct source {
	int fd;
	bool waits;			/* a pipe: reading may block */
	bool gzip, known;		/* known: enough was read to tell */
	bool eof, gz_ended, cut;
	bool pending;			/* inflate() filled its output: there may be more of it */
	int err;			/* of a stream that is damaged */
	z_stream z;
	bool z_open;
	struct record_reader *reader;
	union twt_record first;		/* read by open() */
	bool have_first;
	unsigned long long events;
	__u64 bytes, size;		/* read, and there were when it was opened; 0: a pipe */
	char name[128];
	char message[256];
	unsigned char in[IN_SIZE], out[OUT_SIZE];
};

static void file_close(struct source *s)
{
	if (!s)
		return;
	if (s->z_open)
		(void)inflateEnd(&s->z);
	if (s->fd > STDIN_FILENO)
		close(s->fd);
	record_reader_free(s->reader);
	free(s);
}

/* More input bytes. Returns 0 (.eof may be set) or a negative errno. */
static int fill(struct source *s)
{
	ssize_t n;

	do
		n = read(s->fd, s->in, sizeof(s->in));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	s->eof = n == 0;
	s->bytes += (__u64)n;
	s->z.next_in = s->in;
	s->z.avail_in = (unsigned int)n;
	if (s->known || n == 0)
		return 0;
	s->known = true;
	s->gzip = s->in[0] == 0x1f;
	if (!s->gzip)
		return 0;
	if (inflateInit2(&s->z, 15 + 16) != Z_OK)
		return -ENOMEM;
	s->z_open = true;
	return 0;
}

/* One step of bytes into the reader: 0, -ENODATA at the end, or another negative errno. */
static int step(struct source *s)
{
	int err = s->err, z;

	if (err)
		return err;
	if (s->z.avail_in == 0 && !s->pending && !s->eof) {
		err = fill(s);
		if (err)
			return err;
	}
	if (s->z.avail_in == 0 && !s->pending) {
		s->cut = s->gzip && !s->gz_ended;
		return -ENODATA;
	}
	if (!s->gzip) {
		err = record_reader_feed(s->reader, s->z.next_in, s->z.avail_in);
		s->z.avail_in = 0;
		return err;
	}
	if (s->gz_ended) {		/* another member: recordings joined by cat are not one recording */
		s->z.avail_in = 0;
		s->pending = false;
		return 0;
	}
	s->z.next_out = s->out;
	s->z.avail_out = sizeof(s->out);
	z = inflate(&s->z, Z_NO_FLUSH);
	s->pending = s->z.avail_out == 0;
	/* What came out before the damage is good. */
	err = record_reader_feed(s->reader, s->out, sizeof(s->out) - s->z.avail_out);
	if (err)
		return err;
	if (z == Z_STREAM_END)
		s->gz_ended = true;
	else if (z == Z_MEM_ERROR)
		return -ENOMEM;
	else if (z != Z_OK && z != Z_BUF_ERROR)
		s->err = -EBADMSG;
	return s->err;
}

/* The sentence for @err, for source_ops.error() and open(). Returns @err. */
static int explain(struct source *s, int err)
{
	const struct record_header *h = record_reader_header(s->reader, NULL);

	if (err == -EPROTONOSUPPORT && h && h->format > 0xffff)
		(void)snprintf(s->message, sizeof(s->message),
			       "%s was recorded on a machine with the other byte order", s->name);
	else if (err == -EPROTONOSUPPORT)
		(void)snprintf(s->message, sizeof(s->message),
			       "%s has recording format %u, this twtrace reads up to format %u: "
			       "use a newer twtrace",
			       s->name, h ? h->format : 0, RECORD_FORMAT);
	else if (err == -ENODATA && !h)
		(void)snprintf(s->message, sizeof(s->message),
			       "%s is empty or cut off before its first event", s->name);
	else if (err == -ENODATA)
		(void)snprintf(s->message, sizeof(s->message),
			       "%s is cut off after %llu events; all of them were used", s->name, s->events);
	else if (err == -EBADMSG && !h)
		(void)snprintf(s->message, sizeof(s->message), "%s is not a recording of twtrace", s->name);
	else if (err == -EBADMSG)
		(void)snprintf(s->message, sizeof(s->message),
			       "%s is damaged after %llu events; those before were used", s->name, s->events);
	else
		(void)snprintf(s->message, sizeof(s->message), "cannot read %s: %s", s->name, strerror(-err));
	return err == -ENODATA ? -EBADMSG : err;
}

/* Next event: 1, 0 if a pipe has nothing at the moment, -ENODATA at the good end, or an explained error. */
static int next(struct source *s, bool may_wait, union twt_record *ret_rec)
{
	for (;;) {
		int err = record_reader_next(s->reader, ret_rec);

		if (err == 1)
			s->events++;
		if (err == 1)
			return 1;
		if (err < 0)
			return explain(s, err);
		if (s->waits && !may_wait && s->z.avail_in == 0 && !s->pending && !s->eof) {
			struct pollfd p = { .fd = s->fd, .events = POLLIN };

			if (poll(&p, 1, 0) == 0)
				return 0;
		}
		err = step(s);
		if (err == -ENODATA && !s->cut && !record_reader_left(s->reader) &&
		    record_reader_header(s->reader, NULL))
			return -ENODATA;
		if (err) {
			/* Events that came out before the damage are still in the reader. */
			int more = record_reader_next(s->reader, ret_rec);

			if (more == 1) {
				s->events++;
				return 1;
			}
			return explain(s, more < 0 ? more : err);
		}
	}
}

static int file_open(const struct source_config *cfg, struct source **ret, char *err, size_t errlen)
{
	bool is_stdin = !strcmp(cfg->path, "-");
	struct source *s = calloc(1, sizeof(*s));
	struct stat st;
	int e;

	if (!s) {
		(void)snprintf(err, errlen, "out of memory");
		return -ENOMEM;
	}
	(void)snprintf(s->name, sizeof(s->name), "%s", is_stdin ? "standard input" : cfg->path);
	s->fd = is_stdin ? STDIN_FILENO : open(cfg->path, O_RDONLY | O_CLOEXEC);
	s->reader = record_reader_new();
	if (s->fd < 0 || fstat(s->fd, &st)) {
		e = -errno;
		(void)snprintf(err, errlen, "cannot read %s: %s", s->name, strerror(-e));
		goto out;
	}
	if (!s->reader) {
		e = -ENOMEM;
		(void)snprintf(err, errlen, "out of memory");
		goto out;
	}
	if (S_ISDIR(st.st_mode)) {
		e = -EISDIR;
		(void)snprintf(err, errlen, "cannot read %s: it is a directory", s->name);
		goto out;
	}
	s->waits = !S_ISREG(st.st_mode);
	s->size = s->waits ? 0 : (__u64)st.st_size;
	/* The first event tells whether this is a recording at all, before any view prints its titles. */
	e = next(s, true, &s->first);
	if (e < 0 && e != -ENODATA) {
		(void)snprintf(err, errlen, "%s", s->message);
		goto out;
	}
	s->have_first = e == 1;
	*ret = s;
	return 0;
out:
	file_close(s);
	/* No right to read a file is not a capability that tracing lacks. */
	return e == -EPERM || e == -EACCES || e == -EOPNOTSUPP ? -EIO : e;
}

static int file_fd(const struct source *s)
{
	return s->waits ? s->fd : -1;
}

int file_next(struct source *s, union twt_record *ret_rec)
{
	if (!s->have_first)
		return next(s, false, ret_rec);
	s->have_first = false;
	memcpy(ret_rec, &s->first, sizeof(s->first));
	return 1;
}

const struct record_header *file_header(const struct source *s, const char **ret_text)
{
	return record_reader_header(s->reader, ret_text);
}

static int file_pump(struct source *s, source_sink sink, void *ctx)
{
	union twt_record rec;

	for (int n = 0; n < 1024; n++) {
		int err = file_next(s, &rec);

		if (err <= 0)
			return err;
		sink(ctx, &rec.event);
	}
	return 1;
}

static void file_finish(struct source *s, source_sink sink, void *ctx)
{
	(void)s;	/* the recording's last events are those of the run that made it */
	(void)sink;
	(void)ctx;
}

static void file_describe(const struct source *s, struct strbuf *b)
{
	const char *text = "";

	(void)record_reader_header(s->reader, &text);
	strbuf_adds(b, text);
}

static const char *file_error(const struct source *s)
{
	return *s->message ? s->message : NULL;
}

static bool file_progress(const struct source *s, struct source_progress *ret)
{
	*ret = (struct source_progress){ s->bytes, s->size, s->events };
	return s->size;
}

const struct source_ops source_file = {
	.name = "file", .open = file_open, .fd = file_fd, .pump = file_pump, .finish = file_finish, .progress = file_progress,
	.describe = file_describe, .error = file_error, .close = file_close,
};
