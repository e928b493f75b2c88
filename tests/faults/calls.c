/* SPDX-License-Identifier: MIT */
#include "calls.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define LIVE_MAX        256
#define DESCRIPTORS_MAX 1024

static struct {
	pthread_mutex_t lock;
	struct fault fault;
	bool planned;
	unsigned int counts[CALL_COUNT];
	unsigned int calls;
	unsigned int fired;
	unsigned int threads;
	const void *live[LIVE_MAX];
	enum fault_role roles[DESCRIPTORS_MAX];
} faults = { .lock = PTHREAD_MUTEX_INITIALIZER };

static _Thread_local bool inside;

void faults_plan(const struct fault *fault)
{
	pthread_mutex_lock(&faults.lock);
	faults.planned = fault != NULL;
	if (fault)
		faults.fault = *fault;
	for (int i = 0; i < CALL_COUNT; i++)
		faults.counts[i] = 0;
	faults.calls = faults.fired = 0;
	pthread_mutex_unlock(&faults.lock);
}

void faults_enter(void)
{
	inside = true;
}

void faults_leave(void)
{
	inside = false;
}

bool faults_inside(void)
{
	return inside;
}

bool faults_hit(enum fault_call call)
{
	unsigned int n;
	bool hit;

	if (!inside)
		return false;
	pthread_mutex_lock(&faults.lock);
	faults.calls++;
	n = ++faults.counts[call];
	hit = faults.planned && faults.fault.call == call && n >= faults.fault.first &&
	      n - faults.fault.first < faults.fault.times;
	faults.fired += hit;
	pthread_mutex_unlock(&faults.lock);
	return hit;
}

bool faults_starve_sending(void)
{
	return inside && faults.planned && faults.fault.call == CALL_POLL_GRE &&
	       faults_fired() < faults.fault.times;
}

enum fault_kind faults_kind(void)
{
	return faults.fault.kind;
}

int faults_error(void)
{
	return faults.fault.error;
}

static unsigned int read_locked(const unsigned int *value)
{
	unsigned int copy;

	pthread_mutex_lock(&faults.lock);
	copy = *value;
	pthread_mutex_unlock(&faults.lock);
	return copy;
}

unsigned int faults_fired(void)
{
	return read_locked(&faults.fired);
}

unsigned int faults_calls(void)
{
	return read_locked(&faults.calls);
}

unsigned int faults_count(enum fault_call call)
{
	return read_locked(&faults.counts[call]);
}

unsigned int faults_threads(void)
{
	return read_locked(&faults.threads);
}

void faults_thread_starts(void)
{
	pthread_mutex_lock(&faults.lock);
	faults.threads++;
	pthread_mutex_unlock(&faults.lock);
}

void faults_thread_ends(void)
{
	pthread_mutex_lock(&faults.lock);
	faults.threads--;
	pthread_mutex_unlock(&faults.lock);
}

/* The place of `memory`, or NULL. */
static const void **find(const void *memory)
{
	for (int i = 0; i < LIVE_MAX; i++)
		if (faults.live[i] == memory)
			return &faults.live[i];
	return NULL;
}

void faults_allocated(const void *memory)
{
	const void **place;

	if (!inside || !memory)
		return;
	pthread_mutex_lock(&faults.lock);
	place = find(NULL);
	if (!place) {
		fprintf(stderr, "faults: more than %d allocations at once\n", LIVE_MAX);
		abort();
	}
	*place = memory;
	pthread_mutex_unlock(&faults.lock);
}

void faults_freed(const void *memory)
{
	const void **place;

	if (!memory)
		return;
	pthread_mutex_lock(&faults.lock);
	place = find(memory);
	if (place)
		*place = NULL;
	pthread_mutex_unlock(&faults.lock);
}

size_t faults_live(void)
{
	size_t n = 0;

	pthread_mutex_lock(&faults.lock);
	for (int i = 0; i < LIVE_MAX; i++)
		n += faults.live[i] != NULL;
	pthread_mutex_unlock(&faults.lock);
	return n;
}

void faults_set_role(int fd, enum fault_role role)
{
	if (fd >= 0 && fd < DESCRIPTORS_MAX)
		faults.roles[fd] = role;
}

enum fault_role faults_role(int fd)
{
	return fd >= 0 && fd < DESCRIPTORS_MAX ? faults.roles[fd] : ROLE_LINK;
}
