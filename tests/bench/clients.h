/* SPDX-License-Identifier: MIT */
#ifndef BENCH_CLIENTS_H
#define BENCH_CLIENTS_H

/*
 * The clients that are measured: programs started in the other network namespace on the master of
 * a terminal, as pppd starts its pty script; and what the processes below us cost, those included
 * that they started.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PROCESSES_MAX 512

struct client_program {
	char *const *argv;
	int netns;   /* descriptor of its network namespace */
	int cpu;     /* to run on, -1: any */
	int log_fd;  /* its standard error */
};

/* What clients took up to now. */
struct client_cost {
	uint64_t cpu_ns;
	uint64_t wakeups; /* voluntary context switches of all threads */
};

struct client_memory {
	unsigned long pss_kib;
	unsigned long private_kib;
	unsigned int processes;
};

/* Orphans of our children come to us, so that all descendants are found. */
bool clients_prepare(void);

/* Make a raw terminal and start the program on its master. Returns the slave, -1. */
int client_start(const struct client_program *program, pid_t *pidp);

/* Look for all processes below us; returns how many. */
unsigned int clients_find(void);
/* Of the processes found last. */
void clients_cost(struct client_cost *cost);
void clients_memory(struct client_memory *memory);
/* Of the processes found last: their name and CPU time, one JSON list. */
void clients_stop(void);

/* Run the calling process on this processor only; -1: any. */
void run_on_cpu(int cpu);
uint64_t clock_now(void);

#endif
