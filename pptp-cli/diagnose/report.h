/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_REPORT_H
#define PPTP_CLI_REPORT_H

/* The steps of a diagnosis on standard output: a line each as they end, or one JSON object at the end. */

#include <stdbool.h>
#include <stdint.h>

#include "findings.h"

#define STEPS_MAX     24
#define STEP_TEXT_MAX 192

struct step {
	const char *name;
	bool passed;
	uint64_t took; /* ns */
	char text[STEP_TEXT_MAX];
};

struct report {
	bool as_json;
	unsigned int count;
	struct step steps[STEPS_MAX]; /* of the JSON object */
};

void report_step(struct report *report, const char *name, bool passed, uint64_t took,
		 const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The end: causes, sentences, status. */
void report_verdict(struct report *report, const char *server, const struct verdict *verdict,
		    const struct findings *found, enum exit_status status);

#endif
