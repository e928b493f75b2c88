/* SPDX-License-Identifier: MIT */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

/*
 * The fast peer: the server's end of every tunnel (control connection and raw GRE) and pppd's end
 * (the terminals) in one process, so that one clock sees both ends of a client.
 *
 * "down" is from the server through the client to pppd, "up" the other way.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "clients.h"
#include "control.h"
#include "frames.h"

#define MS          UINT64_C(1000000)
#define TUNNELS_MAX CALLS_MAX
#define SEND_BATCH  64
#define ACK_EVERY   16 /* packets that we acknowledge with one */

struct flow {
	uint32_t sent;       /* frames given to the client, all told */
	uint32_t expected;   /* the number that should come out next */
	uint64_t done;       /* frames that came out */
	uint64_t disordered; /* came out behind a later one */
	uint64_t damaged;
	uint64_t lost; /* passed over or given up, and not seen later */
	uint64_t progress_at;
};

struct tunnel {
	int slave; /* -1: the client closed its end */
	pid_t pid;
	uint64_t started_at;
	uint64_t greeted_at; /* the first frame came through; 0: not yet */
	uint16_t call_id;
	uint16_t client_call_id;
	uint32_t gre_sent;  /* next sequence number */
	uint32_t gre_heard; /* highest */
	unsigned int unacked;
	size_t up_byte; /* of the encoded pool: where the next write goes on */
	bool want_up;   /* more is to be written than the terminal took */
	struct flow down;
	struct flow up;
	struct splitter *splitter;
};

struct bench {
	struct in_addr address;
	struct in_addr client_address;
	struct client_program program;
	struct control control;
	int gre;
	int command_fd; /* ends a turn when it is readable; -1: none */
	unsigned int count;
	struct tunnel tunnels[TUNNELS_MAX];
	struct pool pool;
	bool have_pool;
	bool numbered;        /* frames down carry their whole number, not that of the pool */
	uint32_t verify_mask; /* frames whose number has none of these bits are looked at whole */
	/* told for each frame that came out */
	void (*arrived)(struct bench *bench, struct tunnel *tunnel, bool down, uint32_t number);
	void *user;
};

bool bench_open(struct bench *bench);
/* Start clients until there are `count`; waits until each carried its greeting. */
bool bench_start_clients(struct bench *bench, unsigned int count, uint64_t wait_ns);
void bench_stop_clients(struct bench *bench);
void bench_close(struct bench *bench);
bool bench_use_size(struct bench *bench, size_t size);

/* Wait until something comes or `until` is there, and take what came. */
void bench_turn(struct bench *bench, uint64_t until);

/* The next line of standard input, without its end; serves the clients while waiting. The first
 * time it says on standard output that it is ready. false at the end. */
bool bench_command(struct bench *bench, char *line, size_t size);

/* Send `count` frames down; the numbers go on. Returns how many were sent. */
unsigned int bench_send_down(struct bench *bench, struct tunnel *tunnel, unsigned int count);
/* One frame down with any number and place in the GRE sequence. */
bool bench_send_one(struct bench *bench, struct tunnel *tunnel, uint32_t number, uint32_t seq);
/* Write up to `count` frames to the terminal; returns how many are there wholly. */
unsigned int bench_write_up(struct bench *bench, struct tunnel *tunnel, unsigned int count);
void bench_receive_gre(struct bench *bench);
/* false when the client closed its end. */
bool bench_read_terminal(struct bench *bench, struct tunnel *tunnel);

static inline uint32_t flow_in_flight(const struct flow *flow)
{
	return flow->sent - flow->expected;
}

/* What never came is given up: the next frame sent is the next expected. */
void flow_give_up(struct flow *flow);

#endif
