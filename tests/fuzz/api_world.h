/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_API_WORLD_H
#define TESTS_FUZZ_API_WORLD_H

/* What a run of fuzz_api.c has: its objects, and what is known of them from outside. */

#include <errno.h>

#include <pptp/pptp.h>

#include "calls.h"
#include "fuzz.h"

#define API_SESSIONS 3
#define API_FAR      "192.0.2.1" /* behind the uplink; nobody answers */

struct slot {
	struct pptp_session *session;
	bool in_hub;
	bool over;           /* a dispatch said so */
	bool broken;         /* a call failed after which the session is to be freed */
	unsigned int closed; /* events CLOSED */
	enum pptp_phase phase;
	enum pptp_phase event_phase;
	uint64_t stop_by; /* after stop; 0: not stopped */
	struct pptp_stats stats;
	int ppp[2]; /* our ends of its link, to read from and to write to; -1: none */
	int wake;   /* of pptp_session_wake_on(), or -1 */
};

struct world {
	struct slot slots[API_SESSIONS];
	struct pptp_config *cfg;
	struct pptp_hub *hub;
	bool cfg_has_hub;
	int handed; /* the raw socket that cfg has, or -1 */
	struct pptp_route *route;
	bool faulted; /* a system call was made to fail in this run */
	int socket_answer;
	int route_answer;
	int routes_by_caller; /* that the hook was asked for and not yet told to drop */
};

#define ERRNO_BEFORE 4711

/* What the library does may be made to fail, and leaves errno alone. */
#define LIBRARY(statement)                                                                         \
	do {                                                                                       \
		errno = ERRNO_BEFORE;                                                              \
		faults_enter();                                                                    \
		statement;                                                                         \
		faults_leave();                                                                    \
		FUZZ_CHECK(errno == ERRNO_BEFORE);                                                 \
	} while (0)

static inline bool is_system_error(int err)
{
	return err < 0 && err > -4096;
}

/* api_settings.c: a new configuration, one of its settings. */
void api_configure(struct world *w);
void api_set(struct world *w, struct fuzz_input *in);
/* What pptp_config_set_gre_fd() had is the session's now, or nobody's. */
void api_forget_handed(struct world *w, bool owned);

/* api_checks.c: printable; the next event of a session. */
void api_check_text(const char *text);
void api_check_event(struct slot *slot, const struct pptp_event *event);

/* api_ppp.c: a link for a session, a step of its other end, and its end. */
void api_attach(struct slot *slot, struct fuzz_input *in);
void api_serve_ppp(struct slot *slot, struct fuzz_input *in);
void api_close_ppp(struct slot *slot);
/* Closes it if it is one; -1 from then on. */
void api_close(int *fdp);

#endif
