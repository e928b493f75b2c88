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
	int netns;  /* descriptor of its network namespace */
	int cpu;    /* to run on, -1: any */
	int log_fd; /* its standard error */
};

struct client_memory {
	unsigned long pss_kib;
	unsigned long private_kib; /* no other process has them */
	unsigned long written_kib; /* of those, the ones that no file holds */
	unsigned int processes;
};

/* Orphans of our children come to us, so that all descendants are found. */
bool clients_prepare(void);

/* Make a raw terminal and start the program on its master. Returns the slave, -1. */
int client_start(const struct client_program *program, pid_t *pidp);

/* Look for all processes below us; returns how many. What follows is about the ones found last. */
unsigned int clients_find(void);
/* CPU time (ns) since they were started, to the nanosecond. */
uint64_t clients_cpu(void);
/* Voluntary context switches of all their threads. */
uint64_t clients_wakeups(void);
void clients_memory(struct client_memory *memory);

/* End them all, at first politely; `serve` is called meanwhile so that they get their answers. */
void clients_stop(void (*serve)(void *user), void *user);

/* Run the calling process on this processor only; -1: any. */
void run_on_cpu(int cpu);
uint64_t clock_now(void);

#endif
