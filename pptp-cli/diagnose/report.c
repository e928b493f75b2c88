/* SPDX-License-Identifier: MIT */
/* Prints what a diagnosis finds, for people or for programs. Called by diagnose.c. */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>

#include <pptp/types.h>

#include "json.h"
#include "printable.h"

#define NS_PER_US 1000

static void print_step(const struct step *step)
{
	char took[16] = "";

	if (step->took)
		snprintf(took, sizeof(took), "%.1f ms",
			 (double)step->took / (double)PPTP_NS_PER_MS);
	printf("%-4s %-8s %9s  %s\n", step->passed ? "ok" : "no", step->name, took, step->text);
	fflush(stdout);
}

void report_step(struct report *report, const char *name, bool passed, uint64_t took,
		 const char *format, ...)
{
	struct step step = { .name = name, .passed = passed, .took = took };
	va_list args;

	va_start(args, format);
	vsnprintf(step.text, sizeof(step.text), format, args);
	va_end(args);
	make_printable(step.text);
	if (!report->as_json)
		print_step(&step);
	else if (report->count < STEPS_MAX) /* a server may have more addresses than that */
		report->steps[report->count++] = step;
}

static void print_json(const struct report *report, const char *server,
		       const struct verdict *verdict, const struct findings *found,
		       enum exit_status status)
{
	const enum cause causes[] = { verdict->first, verdict->second };
	struct json json = { .out = stdout };
	char text[VERDICT_TEXT_MAX];

	json_begin(&json, NULL, '{');
	json_string(&json, "server", server);
	json_begin(&json, "steps", '[');
	for (unsigned int i = 0; i < report->count; i++) {
		json_begin(&json, NULL, '{');
		json_string(&json, "step", report->steps[i].name);
		json_boolean(&json, "passed", report->steps[i].passed);
		json_thousandths(&json, "ms", report->steps[i].took / NS_PER_US);
		json_string(&json, "text", report->steps[i].text);
		json_end(&json, '}');
	}
	json_end(&json, ']');
	json_begin(&json, "causes", '[');
	for (int i = 0; i < 2 && causes[i] != CAUSE_NONE; i++) {
		json_begin(&json, NULL, '{');
		json_string(&json, "cause", cause_name(causes[i]));
		cause_text(causes[i], found, text);
		json_string(&json, "text", text);
		json_end(&json, '}');
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
		printf("\nIn addition: %s\n", text);
	}
}
