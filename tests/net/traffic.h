/* SPDX-License-Identifier: MIT */
#ifndef NET_TRAFFIC_H
#define NET_TRAFFIC_H

/*
 * Numbered PPP frames over a terminal, and what came of them. Each frame is an LCP Echo-Request
 * (so that a dissector finds nothing wrong with it) that carries a number, a time and a pattern.
 */

#include <stdint.h>
#include <stdio.h>

struct traffic_plan {
	unsigned long count;    /* frames to send; 0 only listens */
	unsigned long size_min; /* PPP frame with address, control and protocol */
	unsigned long size_max;
	unsigned long window;      /* frames under way before the first is back */
	unsigned long quiet_ms;    /* give up when nothing came for this long */
	unsigned long gap_us;      /* between two frames */
	unsigned long spoil_every; /* each such frame gets a wrong FCS; 0: none */
	unsigned long run;         /* number of this run, in each frame */
	unsigned long first;       /* number of the first frame */
	const char *pattern;       /* count, flags, zero, random */
	uint32_t accm;
	int one_way;     /* don't wait for echoes */
	int until_first; /* stop as soon as one frame is back */
};

int traffic_parse(struct traffic_plan *plan, int argc, char **argv);

/* Puts the terminal into raw mode, without hang-up on last close. */
int terminal_raw(int fd);

/* Runs the plan on the terminal, prints one line of JSON. Returns 0, or 1 if the line hung up. */
int traffic_run(int fd, const struct traffic_plan *plan, FILE *report);

#endif
