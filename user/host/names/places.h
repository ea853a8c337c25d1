/* SPDX-License-Identifier: GPL-2.0-only */
/* Where container engines keep their files on this host, and how they are read: bounded, and without following links. */
#ifndef HOST_NAMES_PLACES_H
#define HOST_NAMES_PLACES_H
#include <linux/types.h>
#include <stddef.h>

#define PLACES_MAX 16		/* folders of a kind */
#define PLACE_FILE_MAX (1U << 20)

enum place { PLACE_DOCKER, PLACE_CONTAINERD, PLACE_STORAGE, PLACE_KINDS };

struct places {
	char *root;				/* in front of every path; "" : this host's own / */
	char *dir[PLACE_KINDS][PLACES_MAX];	/* docker's data roots, containerd's state folders, graph roots of podman and CRI-O */
	size_t n[PLACE_KINDS];
	__u64 looked_ns;			/* when running daemons were asked last; 0: never */
};

/* @root NULL: "". Returns 0 or -ENOMEM. */
int places_init(struct places *p, const char *root);
void places_free(struct places *p);
/*
 * Folders that running daemons were told on their command lines. Looks through /proc at most once in five seconds of @now_ns. Returns how many
 * were new.
 */
size_t places_refresh(struct places *p, __u64 now_ns);
/* Those of user @uid, who runs engines of his own. */
void places_of_user(struct places *p, unsigned int uid);

/*
 * The whole regular file @p->root + the path that @fmt makes, NUL-terminated, for the caller to free; at most PLACE_FILE_MAX bytes. The last
 * component may be no link. NULL if it cannot be read; @ret_len may be NULL.
 */
char *places_read(const struct places *p, size_t *ret_len, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Call @fn for the names in that folder, "." ones left out, until it returns not 0, which is returned. 0 too where there is no such folder. */
int places_list(const struct places *p, int (*fn)(void *ctx, const char *name), void *ctx, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
#endif
