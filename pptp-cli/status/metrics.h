/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_METRICS_H
#define PPTP_CLI_STATUS_METRICS_H

#include <stdio.h>

#include "status/tunnels.h"

/*
 * Metrics in a form that is both OpenMetrics 1.0 and Prometheus' text format 0.0.4. Where the two differ,
 * in the type line of a counter, there is none.
 */
void metrics_print(FILE *out, const struct tunnels *tunnels);

#endif
