/* SPDX-License-Identifier: GPL-2.0-only */
#include "views/sink.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define SUFFIX ".part-XXXXXX"
#define GZ_BUFFER (256 * 1024)

struct sink {
	FILE *out;		/* NULL: .gz is used */
	gzFile gz;		/* transparent where nothing is to be compressed */
	char *path, *part;	/* .part: its name until it is done; NULL: it is written as it is */
};

void sink_free(struct sink *s)
{
	if (!s)
		return;
	if (s->gz)
		(void)gzclose(s->gz);
	if (s->part)
		(void)unlink(s->part);
	free(s->part);
	free(s->path);
	free(s);
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && !strcmp(s + n - m, end);
}

/* A descriptor of the file that is written in its place. */
static int open_part(struct sink *s)
{
	struct stat st;
	mode_t mask;
	int fd;

	if (!stat(s->path, &st) && !S_ISREG(st.st_mode))
		return open(s->path, O_WRONLY | O_CLOEXEC);
	if (asprintf(&s->part, "%s" SUFFIX, s->path) < 0) {
		s->part = NULL;
		errno = ENOMEM;
		return -1;
	}
	fd = mkostemp(s->part, O_CLOEXEC);
	if (fd < 0) {
		free(s->part);
		s->part = NULL;
		return -1;
	}
	/* mkstemp(3) gives it to its owner alone: anybody who may create a file here may expect what open(2) gives. */
	mask = umask(0);
	umask(mask);
	(void)fchmod(fd, 0666 & ~mask);
	return fd;
}

int sink_open(const char *path, FILE *out, struct sink **ret, char *err, size_t errlen)
{
	struct sink *s = calloc(1, sizeof(*s));
	int fd = -1, e;

	errno = ENOMEM;
	if (!s)
		goto bad;
	if (!path) {
		s->out = out;
		*ret = s;
		return 0;
	}
	s->path = strdup(path);
	if (!s->path)
		goto bad;
	fd = open_part(s);
	if (fd < 0)
		goto bad;
	s->gz = gzdopen(fd, ends_with(path, ".gz") ? "wb6" : "wbT");
	if (!s->gz)
		goto bad;
	(void)gzbuffer(s->gz, GZ_BUFFER);
	*ret = s;
	return 0;
bad:
	e = errno ? errno : EIO;
	(void)snprintf(err, errlen, "cannot write %s: %s", path ? path : "to standard output", strerror(e));
	if (fd >= 0)
		close(fd);
	sink_free(s);
	return -e;
}

int sink_put(struct sink *s, struct strbuf *b)
{
	int err = b->failed ? -ENOMEM : 0, code;

	errno = 0;
	if (!err && b->len && s->out && fwrite(b->s, 1, b->len, s->out) != b->len) {
		err = errno ? -errno : -EIO;
	} else if (!err && b->len && !s->out && gzwrite(s->gz, b->s, (unsigned int)b->len) <= 0) {
		err = errno ? -errno : -EIO;
		(void)gzerror(s->gz, &code);
		if (code != Z_ERRNO)
			err = -EIO;
	}
	strbuf_reset(b);
	return err;
}

int sink_done(struct sink *s)
{
	int e;

	errno = 0;
	if (s->out)
		return fflush(s->out) || ferror(s->out) ? (errno ? -errno : -EIO) : 0;
	e = gzclose(s->gz);
	s->gz = NULL;
	if (e != Z_OK)
		return e == Z_ERRNO && errno ? -errno : -EIO;
	if (!s->part)
		return 0;
	if (rename(s->part, s->path))
		return -errno;
	free(s->part);
	s->part = NULL;
	return 0;
}
