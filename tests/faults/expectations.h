/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAULTS_EXPECTATIONS_H
#define TESTS_FAULTS_EXPECTATIONS_H

/* What the design says of each fault. */

#include <pptp/reason.h>

#include "calls.h"

enum outcome {
	UNHARMED, /* as if nothing had happened */
	LOSSY,    /* frames may be lost and are counted; the session goes on, later ones arrive */
	MAY_END,  /* the session may end, or not begin, and says why; else LOSSY */
};

/* How often in a row it goes wrong. */
enum { ONCE = 1, BURST = 2, EVER = 4 };
#define BURST_LENGTH 20

struct expectation {
	enum fault_call call;
	enum fault_kind kind;
	int error;
	unsigned int times; /* ONCE | BURST | EVER */
	enum outcome outcome;
	enum pptp_reason reason; /* of CLOSED when it ends; 0: SYSTEM_ERROR or NOT_PERMITTED */
};

extern const struct expectation expectations[];
extern const unsigned int expectation_count;

extern const char *const call_names[CALL_COUNT_OF_SESSIONS];

#endif
