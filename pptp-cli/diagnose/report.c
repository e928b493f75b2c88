/* SPDX-License-Identifier: MIT */
/* Prints what a diagnosis finds, for people or for programs. Called by diagnose.c. */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>

#include <pptp/types.h>

#include "json.h"
#include "printable.h"

#define NS_PER_US 1000

void report_step(struct report *report, const char *name, bool passed, uint64_t took,
		 const char *format, ...)
{
	struct step *step = &report->steps[report->count];
	va_list args;

	/* A server with more addresses than that. */
	if (report->count == STEPS_MAX)
		return;
	report->count++;
	*step = (struct step){ .name = name, .passed = passed, .took = took };
	va_start(args, format);
	vsnprintf(step->text, sizeof(step->text), format, args);
	va_end(args);
	make_printable(step->text);
	if (report->as_json)
		return;
	printf("%-4s %-8s %6.1f ms  %s\n", passed ? "ok" : "no", name,
	       (double)took / (double)PPTP_NS_PER_MS, step->text);
	fflush(stdout);
}

static void print_json(const struct report *report, const char *server,
		       const struct verdict *verdict, const struct findings *found,
		       enum exit_status status)
{
	struct json json = { .out = stdout };
	char text[VERDICT_TEXT_MAX];

	json_begin(&json, NULL, '{');
	json_string(&json, "server", server);
	json_begin(&json, "steps", '[');
	for (unsigned int i = 0; i < report->count; i++) {
		json_begin(&json, NULL, '{');
		json_string(&json, "step", report->steps[i].name);
		json_bool(&json, "passed", report->steps[i].passed);
		json_thousandths(&json, "ms", report->steps[i].took / NS_PER_US);
		json_string(&json, "text", report->steps[i].text);
		json_end(&json, '}');
	}
	json_end(&json, ']');
	json_begin(&json, "causes", '[');
	for (enum cause cause = verdict->first; cause != CAUSE_NONE; cause = verdict->second) {
		json_begin(&json, NULL, '{');
		json_string(&json, "cause", cause_name(cause));
		cause_text(cause, found, text);
		json_string(&json, "text", text);
		json_end(&json, '}');
		if (cause == verdict->second)
			break;
	}
	json_end(&json, ']');
	json_unsigned(&json, "status", (uint64_t)status);
	json_end(&json, '}');
	putchar('\n');
}

void report_verdict(struct report *report, const char *server, const struct verdict *verdict,
		    const struct findings *found, enum exit_status status)
{
	char text[VERDICT_TEXT_MAX];

	if (report->as_json) {
		print_json(report, server, verdict, found, status);
		return;
	}
	cause_text(verdict->first, found, text);
	printf("\n%s\n", text);
	if (verdict->second != CAUSE_NONE) {
		cause_text(verdict->second, found, text);
		printf("\nAnd besides: %s\n", text);
	}
}
