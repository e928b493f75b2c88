/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SETUP_FOUND_H
#define PPTP_CLI_SETUP_FOUND_H

#include "setup/peers.h"
#include "setup/place.h"

/* The tunnels that pptpsetup has written. -1 after a sentence on standard error. */

/* All, sorted by name; the caller frees them. */
int found_all(const struct place *place, struct peer **peersp, size_t *countp);

/* One; if it is not there, or another program's, the sentence says so. */
int found_one(const struct place *place, const char *name, struct file *file, struct peer *peer);

#endif
