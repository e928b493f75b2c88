/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SETUP_PLACE_H
#define PPTP_CLI_SETUP_PLACE_H

#include "setup/file.h"

#define PLACE_PPP   "/etc/ppp"
#define PLACE_PEERS PLACE_PPP "/peers"

/* The folders of pppd. Each function returns -1 after a sentence on standard error. */
struct place {
	const char *prefix; /* of their paths: "", or the folder of --root */
	int root, ppp, peers, lock;
};

/* Those of this system, or below `root`. place_close() is allowed after any result. */
int place_open(struct place *place, const char *root);

/* Wait until no other pptpsetup writes; it holds until place_close(). */
int place_lock(struct place *place);

/* chap-secrets, through a symbolic link too. */
int place_read_secrets(const struct place *place, struct file *file);

/* The file of a tunnel, which is never a symbolic link. */
int place_read_peer(const struct place *place, const char *name, struct file *file);

void place_close(struct place *place);

#endif
