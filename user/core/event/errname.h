/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORE_EVENT_ERRNAME_H
#define CORE_EVENT_ERRNAME_H

/* "EADDRINUSE"; "ok" for 0, NULL for what bind(), listen() and connect() do not return. @err is not negative. */
const char *errname(int err);
/* What it says to people: "Address already in use". NULL as above. */
const char *errtext(int err);
#endif
