/* SPDX-License-Identifier: MIT */
/*
 * One call from start to end: the session, pppd, signals and the three deadlines of the command itself
 * (stop the session, send SIGTERM to pppd, leave). The loop waits in the library
 * (pptp_session_wait), which a signalfd wakes too. What is logged at the end is in exit_report.c.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <pptp/session.h>

#include "configure.h"
#include "detach.h"
#include "events.h"
#include "exit_report.h"
#include "log.h"
#include "pppd.h"
#include "privilege.h"
#include "signals.h"
#include "statistics.h"
#include "stdio_link.h"

/* After a signal: time for pppd to terminate PPP before the call is cleared. */
#define PPP_GRACE (300 * PPTP_NS_PER_MS)
/* From the signal to the end of everything; managers kill after two seconds. */
#define STOP_MAX (1800 * PPTP_NS_PER_MS)
/* From the end of the session: until pppd gets a signal, and until it is left running. */
#define HANGUP_GRACE PPTP_NS_PER_SEC
#define HANGUP_MAX   (5 * PPTP_NS_PER_SEC)

struct run {
	const struct options *options;
	struct pptp_session *session; /* NULL once it is over */
	struct pppd pppd;
	struct exit_report report;
	sigset_t child_mask;
	int signal_fd;
	int ready_fd;
	int null_fd;           /* opened while root, for detach_ready() */
	bool confined;         /* the filter of system calls is loaded */
	bool call_up;          /* just now: pppd is not started yet */
	uint64_t stop_at;      /* stop the session */
	uint64_t terminate_at; /* send SIGTERM to pppd */
	uint64_t give_up_at;   /* exit, even if pppd still runs */
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * PPTP_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void fail(struct run *run, enum exit_status status)
{
	if (run->report.failure == EXIT_STATUS_OK)
		run->report.failure = status;
}

static enum pptp_link_type link_type(const struct run *run)
{
	return run->options->sync ? PPTP_LINK_SYNC : PPTP_LINK_ASYNC;
}

static void session_over(struct run *run)
{
	/* Closes the terminal's master, a hang-up for pppd. */
	run->session = pptp_session_free(run->session);
	run->stop_at = PPTP_TIME_NEVER;
	if (!run->pppd.running || run->report.signal)
		return;
	run->terminate_at = now_ns() + HANGUP_GRACE;
	run->give_up_at = now_ns() + HANGUP_MAX;
}

/* -- launch mode ---------------------------------------------------------------------------- */

/* While root: the terminal, and the process that will start pppd. */
static int prepare_pppd(struct run *run)
{
	const struct options *options = run->options;
	int err = pppd_prepare(&run->pppd, options->pppd_arguments, options->pppd_count,
			       &run->child_mask, options->sandbox);

	if (err < 0)
		log_line(PPTP_LOG_ERROR, "no terminal or process for pppd: %s%s",
			 pptp_strerror(err), privilege_hint_of_limit(err));
	return err;
}

static int give_pty(struct run *run)
{
	int master = pppd_take_master(&run->pppd);
	int err = pptp_session_attach(run->session, master, master, link_type(run));

	if (err < 0) {
		close(master);
		log_line(PPTP_LOG_ERROR, "no terminal for pppd: %s", pptp_strerror(err));
		fail(run, EXIT_STATUS_SYSTEM);
	}
	return err;
}

static int launch_pppd(struct run *run)
{
	int err = give_pty(run);
	pid_t pid = 0;

	if (err < 0)
		return err;
	err = pppd_start(&run->pppd, &pid);
	if (err < 0) {
		log_line(PPTP_LOG_ERROR, "pppd could not be started: %s%s", pptp_strerror(err),
			 err == -ENOENT || err == -EACCES
				 ? "; install the ppp package or check PATH"
				 : privilege_hint_of_limit(err));
		fail(run, EXIT_STATUS_PPPD);
		return err;
	}
	log_line(PPTP_LOG_NOTICE, "pppd started on %s, process %d", run->pppd.terminal, (int)pid);
	return 0;
}

static void call_is_up(struct run *run)
{
	if (run->options->launch_pppd && launch_pppd(run) < 0) {
		pptp_session_stop(run->session);
		return;
	}
	if (run->ready_fd >= 0) {
		log_leave_stderr();
		detach_ready(run->ready_fd, run->null_fd);
		run->ready_fd = -1;
	}
}

static void child_ended(struct run *run)
{
	if (!pppd_reap(&run->pppd))
		return;
	/* The session stops by itself at the hang-up, unless pppd never opened its terminal. */
	if (run->session && run->stop_at == PPTP_TIME_NEVER)
		run->stop_at = now_ns() + PPP_GRACE;
}

/* -- privileges ------------------------------------------------------------------------------ */

/* The mark: of the sockets for the server's addresses, one after the other. */
static void drop_privileges(const struct run *run)
{
	const struct privilege_needs needs = {
		.route = run->options->host_route,
		.mark = run->options->has_mark,
	};

	if (run->options->sandbox)
		privilege_drop(&needs);
}

/* The name is known and its thread has ended: from here on the C library needs nothing more. */
static void confine(struct run *run)
{
	if (run->options->sandbox && !run->confined)
		privilege_confine();
	run->confined = true;
}

static void settle_privileges(const struct run *run)
{
	const struct privilege_needs needs = {
		.route = pptp_session_has_host_route(run->session),
	};

	if (run->options->sandbox)
		privilege_settle(&needs);
}

/* -- events --------------------------------------------------------------------------------- */

static void handle_event(struct run *run, const struct pptp_event *event)
{
	event_log(event);
	switch (event->type) {
	case PPTP_EVENT_CONNECTING:
		confine(run);
		break;
	case PPTP_EVENT_CONTROL_UP:
		settle_privileges(run);
		break;
	case PPTP_EVENT_CALL_UP:
		run->report.was_up = true;
		run->call_up = true;
		break;
	case PPTP_EVENT_GRE_HEARD:
		run->report.gre_heard = true;
		break;
	case PPTP_EVENT_CALL_FAILED:
	case PPTP_EVENT_CALL_DOWN:
	case PPTP_EVENT_CLOSED:
		run->call_up = false;
		exit_report_note(&run->report, &event->u.down);
		break;
	default:
		break;
	}
}

static void handle_events(struct run *run)
{
	const struct pptp_event *event;

	while ((event = pptp_session_pop_event(run->session)))
		handle_event(run, event);
	/* Not for a call that has ended meanwhile, nor after a signal. */
	if (run->call_up && !run->report.signal)
		call_is_up(run);
	run->call_up = false;
}

static void stop_by_signal(struct run *run, int number)
{
	if (run->report.signal) {
		/* A second signal: at once. */
		run->give_up_at = 0;
		return;
	}
	run->report.signal = number;
	run->report.asked = run->report.down.reason == PPTP_REASON_NONE;
	run->give_up_at = now_ns() + STOP_MAX;
	run->terminate_at = PPTP_TIME_NEVER;
	pppd_terminate(&run->pppd);
	run->stop_at = run->pppd.running ? now_ns() + PPP_GRACE : now_ns();
}

static void handle_signals(struct run *run)
{
	int number;

	while ((number = signals_next(run->signal_fd)) > 0) {
		switch (number) {
		case SIGCHLD:
			child_ended(run);
			break;
		case SIGUSR1:
			if (run->session)
				statistics_log(run->session, run->options->log_level >= 2);
			break;
		default:
			stop_by_signal(run, number);
			break;
		}
	}
}

static void handle_time(struct run *run)
{
	uint64_t now;

	if (run->stop_at == PPTP_TIME_NEVER && run->terminate_at == PPTP_TIME_NEVER)
		return;
	now = now_ns();
	if (now >= run->stop_at) {
		run->stop_at = PPTP_TIME_NEVER;
		if (run->session)
			pptp_session_stop(run->session);
	}
	if (now >= run->terminate_at) {
		run->terminate_at = PPTP_TIME_NEVER;
		pppd_terminate(&run->pppd);
	}
}

/* -- the loop ------------------------------------------------------------------------------- */

/* Milliseconds to wait until something is due, rounded up. */
static int wait_ms(const struct run *run)
{
	uint64_t due = run->give_up_at;
	uint64_t now;

	if (run->stop_at < due)
		due = run->stop_at;
	if (run->terminate_at < due)
		due = run->terminate_at;
	if (due == PPTP_TIME_NEVER)
		return -1;
	now = now_ns();
	return due <= now ? 0 : (int)((due - now + PPTP_NS_PER_MS - 1) / PPTP_NS_PER_MS);
}

/* One turn of the session, which wakes for signals too. */
static void turn_session(struct run *run)
{
	int err = pptp_session_wait(run->session, wait_ms(run));

	if (err > 0)
		handle_signals(run);
	handle_events(run);
	if (err >= 0)
		return;
	if (err != PPTP_ERR_CLOSED) {
		log_line(PPTP_LOG_ERROR, "the session failed: %s", pptp_strerror(err));
		fail(run, EXIT_STATUS_SYSTEM);
	}
	session_over(run);
}

/* The session is over: only signals are left to wait for, SIGCHLD among them. */
static void wait_for_pppd(struct run *run)
{
	struct pollfd pfd = { .fd = run->signal_fd, .events = POLLIN };

	if (poll(&pfd, 1, wait_ms(run)) > 0)
		handle_signals(run);
}

/* No clock call for each packet: most of the time nothing is due. */
static bool is_time_to_give_up(const struct run *run)
{
	return run->give_up_at != PPTP_TIME_NEVER && now_ns() >= run->give_up_at;
}

static void loop(struct run *run)
{
	while ((run->session || run->pppd.running) && !is_time_to_give_up(run)) {
		if (run->session)
			turn_session(run);
		else
			wait_for_pppd(run);
		handle_time(run);
	}
}

static enum exit_status start(struct run *run)
{
	int read_fd;
	int write_fd;
	int err = 0;

	if (!run->options->launch_pppd) {
		err = stdio_link_take(&read_fd, &write_fd);
		if (err == 0)
			err = pptp_session_attach(run->session, read_fd, write_fd, link_type(run));
	}
	if (err < 0) {
		log_line(PPTP_LOG_ERROR, "cannot use standard input and output: %s",
			 pptp_strerror(err));
		return EXIT_STATUS_SYSTEM;
	}
	if (err == 0)
		err = pptp_session_wake_on(run->session, run->signal_fd);
	if (err < 0) {
		log_line(PPTP_LOG_ERROR, "cannot watch for signals: %s", pptp_strerror(err));
		return EXIT_STATUS_SYSTEM;
	}
	drop_privileges(run);
	err = pptp_session_start(run->session);
	if (err < 0) {
		log_line(PPTP_LOG_ERROR, "cannot start the look-up of the server's name: %s%s",
			 pptp_strerror(err), privilege_hint_of_limit(err));
		return EXIT_STATUS_SYSTEM;
	}
	handle_events(run);
	return EXIT_STATUS_OK;
}

static void close_all(struct run *run)
{
	run->session = pptp_session_free(run->session);
	if (run->pppd.running) {
		pppd_terminate(&run->pppd);
		log_line(PPTP_LOG_WARNING, "pppd has not exited yet; leaving it running");
	}
	pppd_leave(&run->pppd);
	if (run->null_fd >= 0)
		close(run->null_fd);
	close(run->signal_fd);
}

static enum exit_status run_call(struct run *run)
{
	enum exit_status status;

	if (run->options->launch_pppd && prepare_pppd(run) < 0)
		return EXIT_STATUS_SYSTEM;
	if (run->ready_fd >= 0)
		run->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	status = configure_session(run->options, &run->session);
	if (status == EXIT_STATUS_OK)
		status = start(run);
	if (status != EXIT_STATUS_OK)
		return status;
	loop(run);
	return exit_report_log(&run->report, &run->pppd);
}

enum exit_status run(const struct options *options, int ready_fd)
{
	struct run run = {
		.options = options,
		.pppd = PPPD_NONE,
		.ready_fd = ready_fd,
		.null_fd = -1,
		.stop_at = PPTP_TIME_NEVER,
		.terminate_at = PPTP_TIME_NEVER,
		.give_up_at = PPTP_TIME_NEVER,
	};
	enum exit_status status;

	run.signal_fd = signals_open(&run.child_mask);
	if (run.signal_fd < 0) {
		log_line(PPTP_LOG_ERROR, "signals: %s", pptp_strerror(run.signal_fd));
		return EXIT_STATUS_SYSTEM;
	}
	status = run_call(&run);
	close_all(&run);
	return status;
}
