/* SPDX-License-Identifier: MIT */
/*
 * The worker's side of the keeper: orders, reports, and the route hook of the library. A wait for an
 * answer has a limit, since the other process may have been stopped. Called by run.c.
 */
#define _GNU_SOURCE
#include "keeper.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper_message.h"
#include "keeper_process.h"
#include "log.h"
#include "monotonic.h"

/* A large routing table takes long. */
#define PIN_MS 5000
/* Part of the two seconds from a signal to the end of everything. */
#define UNPIN_MS 200

int keeper_fork(struct keeper *keeper, const struct keeper_job *job)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		keeper_process_run(job, ends[1]);
	}
	close(ends[1]);
	if (pid < 0) {
		pid = -errno;
		close(ends[0]);
		return pid;
	}
	keeper->pid = pid;
	keeper->fd = ends[0];
	return 0;
}

/* By write(), as no container refuses it: the signal of a broken pipe is ignored (signals.c). */
static int send_request(const struct keeper *keeper, const struct keeper_request *request)
{
	if (keeper->fd < 0)
		return -ECHILD;
	return write(keeper->fd, request, sizeof(*request)) < 0 ? -errno : 0;
}

static int order(const struct keeper *keeper, enum keeper_order what, int number)
{
	const struct keeper_request request = { .order = what, .number = number };

	return send_request(keeper, &request);
}

/* -- reports ---------------------------------------------------------------------------------- */

static void note(struct keeper *keeper, const struct keeper_report *report)
{
	struct pppd *pppd = keeper->pppd;

	switch (report->news) {
	case KEEPER_ANSWER:
		keeper->answered = true;
		break;
	case KEEPER_LINE:
		snprintf(keeper->route_text, sizeof(keeper->route_text), "%s", report->text);
		log_line(report->value ? PPTP_LOG_WARNING : PPTP_LOG_NOTICE, "%s", report->text);
		break;
	case KEEPER_CHANGED:
		keeper->changed = true;
		break;
	case KEEPER_STARTED:
		pppd->start_result = report->value;
		pppd->running = report->value > 0;
		pppd->pid = report->value;
		break;
	case KEEPER_DETACHED:
		pppd->detached = true;
		pppd->pid = report->value;
		break;
	case KEEPER_ENDED:
		pppd->running = false;
		pppd->ended = true;
		pppd->wait_status = report->value;
		break;
	}
}

/* It ends after the worker: it was killed. What it kept stays as it is. */
static void lost(struct keeper *keeper)
{
	close(keeper->fd);
	keeper->fd = -1;
	/* The hang-up of its terminal shows pppd's end. */
	keeper->pppd->running = false;
	log_line(PPTP_LOG_WARNING, "the process beside this one has ended: the host route is not "
				   "followed any more, and pppd gets no signal");
}

void keeper_take_reports(struct keeper *keeper)
{
	struct keeper_report report;
	ssize_t n;

	if (keeper->fd < 0)
		return;
	for (;;) {
		n = read(keeper->fd, &report, sizeof(report));
		if (n == (ssize_t)sizeof(report))
			note(keeper, &report);
		/* ECONNRESET comes first where the other ended with a request unread. */
		else if (n >= 0 || (errno != EINTR && errno != ECONNRESET))
			break;
	}
	if (n >= 0 || errno != EAGAIN)
		lost(keeper);
}

/* -- the host route --------------------------------------------------------------------------- */

/* Whether an answer came in time and before the descriptor became readable. */
static bool wait_for_answer(struct keeper *keeper, int limit_ms, int interrupt_fd)
{
	struct pollfd fds[] = {
		{ .fd = keeper->fd, .events = POLLIN },
		{ .fd = interrupt_fd, .events = POLLIN },
	};
	const uint64_t limit = monotonic_ns() + (uint64_t)limit_ms * PPTP_NS_PER_MS;

	while (!keeper->answered && keeper->fd >= 0 && !fds[1].revents && monotonic_ns() < limit) {
		int n = poll(fds, 2, limit_ms);

		if (n < 0 && errno != EINTR)
			break;
		if (n > 0 && fds[0].revents)
			keeper_take_reports(keeper);
	}
	return keeper->answered;
}

int keeper_route_hook(void *user, const struct pptp_route_query *query, bool needed)
{
	struct keeper *keeper = user;
	const struct keeper_request request = {
		.order = needed ? KEEPER_PIN : KEEPER_UNPIN,
		.query = *query,
	};
	int err;

	/* An answer that is late belongs to an earlier order. */
	keeper_take_reports(keeper);
	keeper->answered = false;
	err = send_request(keeper, &request);
	if (err < 0 && needed)
		log_line(PPTP_LOG_WARNING,
			 "no host route: the process that keeps it cannot be reached: %s",
			 pptp_strerror(err));
	if (err == 0 && !wait_for_answer(keeper, needed ? PIN_MS : UNPIN_MS,
					 needed ? keeper->interrupt_fd : -1))
		log_line(PPTP_LOG_WARNING,
			 "no answer about the host route: the process that keeps it stands still");
	return PPTP_ROUTE_BY_CALLER;
}

void keeper_seal(const struct keeper *keeper)
{
	order(keeper, KEEPER_SEAL, 0);
}

/* -- pppd ------------------------------------------------------------------------------------- */

int keeper_start_pppd(struct keeper *keeper)
{
	int err = order(keeper, KEEPER_START, 0);

	/* ECHILD: the keeper was killed. */
	if (err < 0)
		return err == -EPIPE ? -ECHILD : err;
	keeper->pppd->running = true;
	return 0;
}

void keeper_signal_pppd(const struct keeper *keeper, int number)
{
	if (keeper->pppd->running)
		order(keeper, KEEPER_SIGNAL, number);
}

void keeper_reap(struct keeper *keeper)
{
	if (keeper->pid > 0 && waitpid(keeper->pid, NULL, WNOHANG) == keeper->pid) {
		keeper->pid = 0;
		keeper_take_reports(keeper);
	}
}

void keeper_leave(struct keeper *keeper)
{
	if (keeper->fd < 0)
		return;
	order(keeper, KEEPER_LEAVE, 0);
	close(keeper->fd);
	keeper->fd = -1;
}
