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
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <pptp/session.h>

#include "configure.h"
#include "detach.h"
#include "events.h"
#include "exit_report.h"
#include "log.h"
#include "pppd.h"
#include "pppd_check.h"
#include "privilege.h"
#include "signals.h"
#include "statistics.h"
#include "stdio_link.h"
#include "streams.h"

/* After a signal: time for pppd to terminate PPP before the call is cleared. */
#define PPP_GRACE (300 * PPTP_NS_PER_MS)
/* From the signal to the end of everything; managers kill after two seconds. */
#define STOP_MAX (1800 * PPTP_NS_PER_MS)
/* From the server's end of the session: pppd reads what arrived before, and ends by its own reason. */
#define VERDICT_GRACE PPTP_NS_PER_SEC
/* From the hang-up: until pppd gets a signal, and until it is left running. */
#define HANGUP_GRACE PPTP_NS_PER_SEC
#define HANGUP_MAX   (5 * PPTP_NS_PER_SEC)
/* pppd gives up well before where nothing of it arrives. */
#define ONE_WAY_MAX (60 * PPTP_NS_PER_SEC)

struct run {
	const struct options *options;
	struct pptp_session *session; /* NULL once it is over */
	struct pppd pppd;
	struct exit_report report;
	sigset_t child_mask;
	int signal_fd;
	int wake_fd;   /* readable with signal_fd and with the launcher's reports */
	int report_fd; /* to the process that was started, until pppd has left it */
	pid_t starter; /* that process */
	bool relayed;  /* the signal came through it */
	struct streams streams;
	int link_fd;    /* a copy of the session's link: pppd sees no hang-up before it is closed */
	bool confined;  /* system calls are filtered */
	bool call_up;   /* just now: pppd is not started yet */
	uint64_t up_at; /* when the call came up */
	uint64_t stop_at;      /* stop the session */
	uint64_t hang_up_at;   /* close the link to pppd */
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

static void hang_up(struct run *run)
{
	if (run->link_fd >= 0)
		close(run->link_fd);
	run->link_fd = -1;
	run->hang_up_at = PPTP_TIME_NEVER;
	if (!run->pppd.running || run->report.signal)
		return;
	run->terminate_at = now_ns() + HANGUP_GRACE;
	run->give_up_at = now_ns() + HANGUP_MAX;
}

static void session_over(struct run *run)
{
	bool pppd_runs = run->pppd.running || !run->options->launch_pppd;

	run->session = pptp_session_free(run->session);
	run->stop_at = PPTP_TIME_NEVER;
	if (pppd_runs && run->report.was_up && !run->report.signal &&
	    exit_report_is_servers_end(&run->report))
		run->hang_up_at = now_ns() + VERDICT_GRACE;
	else
		hang_up(run);
}

static void keep_link(struct run *run, int fd)
{
	run->link_fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
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
	else
		keep_link(run, run->pppd.master);
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
	if (run->report_fd >= 0)
		detach_pppd_runs(run->report_fd);
	else
		streams_leave_stderr(&run->streams);
}

/* pppd's first process has ended and pppd continues: so does this process, and the shell too. */
static void pppd_left(struct run *run)
{
	/* From here on the terminal belongs to the shell again, unless --debug keeps it. */
	streams_leave(&run->streams, run->options->debug);
	detach_pppd_left(run->report_fd);
	run->report_fd = -1;
}

static void take_reports(struct run *run)
{
	pppd_take_reports(&run->pppd);
	if (run->pppd.detached && run->report_fd >= 0)
		pppd_left(run);
}

static void child_ended(struct run *run)
{
	take_reports(run);
	if (!pppd_reap(&run->pppd))
		return;
	if (!run->session)
		hang_up(run);
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
		run->up_at = now_ns();
		run->call_up = true;
		break;
	case PPTP_EVENT_GRE_HEARD:
		run->report.gre_heard = true;
		break;
	case PPTP_EVENT_GRE_ONE_WAY:
		run->report.one_way = true;
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

/* killall(1) and service managers send it to both processes: that is once. */
static bool is_repeated(const struct run *run, pid_t sender)
{
	return (sender == run->starter) == run->relayed;
}

static void stop_by_signal(struct run *run, int number, pid_t sender)
{
	if (run->report.signal) {
		/* Asked again: at once. */
		if (is_repeated(run, sender))
			run->give_up_at = 0;
		return;
	}
	run->relayed = sender == run->starter;
	run->report.signal = number;
	run->report.asked = run->report.down.reason == PPTP_REASON_NONE;
	run->give_up_at = now_ns() + STOP_MAX;
	run->terminate_at = PPTP_TIME_NEVER;
	pppd_signal(&run->pppd, number == SIGQUIT ? SIGTERM : number);
	run->stop_at = run->pppd.running ? now_ns() + PPP_GRACE : now_ns();
	if (!run->session)
		hang_up(run);
}

/* Killed, or as it should when pppd went to the background. */
static void starter_ended(struct run *run)
{
	if (run->report_fd >= 0)
		stop_by_signal(run, SIGTERM, run->starter);
}

static void handle_signals(struct run *run)
{
	pid_t sender;
	int number;

	while ((number = signals_next(run->signal_fd, &sender)) > 0) {
		if (number == SIGNALS_STARTER_ENDED) {
			starter_ended(run);
			continue;
		}
		switch (number) {
		case SIGCHLD:
			child_ended(run);
			break;
		case SIGUSR1:
			if (run->session)
				statistics_log(run->session, run->options->log_level >= 2);
			break;
		case SIGUSR2:
			pppd_signal(&run->pppd, number);
			break;
		default:
			stop_by_signal(run, number, sender);
			break;
		}
	}
}

static void handle_wake(struct run *run)
{
	handle_signals(run);
	take_reports(run);
}

static void handle_time(struct run *run, uint64_t now)
{
	if (now >= run->stop_at) {
		run->stop_at = PPTP_TIME_NEVER;
		if (run->session)
			pptp_session_stop(run->session);
	}
	if (now >= run->hang_up_at)
		hang_up(run);
	if (now >= run->terminate_at) {
		run->terminate_at = PPTP_TIME_NEVER;
		pppd_signal(&run->pppd, SIGTERM);
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
	if (run->hang_up_at < due)
		due = run->hang_up_at;
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
		handle_wake(run);
	handle_events(run);
	if (err >= 0)
		return;
	if (err != PPTP_ERR_CLOSED) {
		log_line(PPTP_LOG_ERROR, "the session failed: %s", pptp_strerror(err));
		fail(run, EXIT_STATUS_SYSTEM);
	}
	session_over(run);
}

/* The session is over: signals, SIGCHLD among them, and the end of a pppd that started us. */
static void wait_for_pppd(struct run *run)
{
	struct pollfd fds[] = {
		{ .fd = run->wake_fd, .events = POLLIN },
		{ .fd = run->options->launch_pppd ? -1 : run->link_fd },
	};

	if (poll(fds, 2, wait_ms(run)) <= 0)
		return;
	if (fds[0].revents)
		handle_wake(run);
	if (fds[1].revents)
		hang_up(run);
}

/* No clock call for each packet: most of the time nothing will be due. */
static uint64_t now_if_needed(const struct run *run)
{
	if (run->give_up_at == PPTP_TIME_NEVER && run->stop_at == PPTP_TIME_NEVER &&
	    run->hang_up_at == PPTP_TIME_NEVER && run->terminate_at == PPTP_TIME_NEVER)
		return 0;
	return now_ns();
}

static bool goes_on(const struct run *run)
{
	return run->session || run->pppd.running || run->hang_up_at != PPTP_TIME_NEVER;
}

/*
 * What is due is judged by the time before the turn, so that the turn has read what arrived until then:
 * a process that stood still finds pppd's end beside a time-out that has passed.
 */
static void loop(struct run *run)
{
	uint64_t now = 0;

	while (goes_on(run) && now < run->give_up_at) {
		now = now_if_needed(run);
		if (run->session)
			turn_session(run);
		else
			wait_for_pppd(run);
		handle_time(run, now);
	}
}

static enum exit_status start(struct run *run)
{
	int read_fd;
	int write_fd;
	int err = 0;

	if (!run->options->launch_pppd) {
		err = stdio_link_take(&read_fd, &write_fd);
		if (err == 0) {
			keep_link(run, read_fd);
			err = pptp_session_attach(run->session, read_fd, write_fd, link_type(run));
		}
	}
	if (err < 0) {
		log_line(PPTP_LOG_ERROR, "cannot use standard input and output: %s",
			 pptp_strerror(err));
		return EXIT_STATUS_SYSTEM;
	}
	if (err == 0)
		err = pptp_session_wake_on(run->session, run->wake_fd);
	if (err < 0) {
		log_line(PPTP_LOG_ERROR, "cannot watch for signals: %s", pptp_strerror(err));
		return EXIT_STATUS_SYSTEM;
	}
	drop_privileges(run);
	if (run->report_fd >= 0)
		detach_follow_waiter();
	if (run->report_fd >= 0 && getppid() != run->starter)
		starter_ended(run);
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
		pppd_signal(&run->pppd, SIGTERM);
		log_line(PPTP_LOG_WARNING, "pppd has not exited yet; leaving it running");
	}
	pppd_leave(&run->pppd);
	streams_close(&run->streams);
	if (run->link_fd >= 0)
		close(run->link_fd);
	if (run->wake_fd >= 0)
		close(run->wake_fd);
	close(run->signal_fd);
}

static bool watch(const struct run *run, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return fd < 0 || epoll_ctl(run->wake_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static enum exit_status open_wake(struct run *run)
{
	run->wake_fd = epoll_create1(EPOLL_CLOEXEC);
	if (run->wake_fd >= 0 && watch(run, run->signal_fd) && watch(run, run->pppd.launcher_fd))
		return EXIT_STATUS_OK;
	log_line(PPTP_LOG_ERROR, "cannot watch for signals: %s", pptp_strerror(-errno));
	return EXIT_STATUS_SYSTEM;
}

/* As of pptp-linux, whose process becomes pppd. */
static int status_of_pppd(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

static int run_call(struct run *run)
{
	enum exit_status status;

	if (run->options->launch_pppd && !pppd_check())
		return EXIT_STATUS_PPPD;
	if (run->options->launch_pppd && prepare_pppd(run) < 0)
		return EXIT_STATUS_SYSTEM;
	streams_prepare(&run->streams);
	status = open_wake(run);
	if (status == EXIT_STATUS_OK)
		status = configure_session(run->options, &run->session);
	if (status == EXIT_STATUS_OK)
		status = start(run);
	if (status != EXIT_STATUS_OK)
		return status;
	loop(run);
	/* A call that lasted so long works: its server only never acknowledges. */
	if (now_ns() - run->up_at > ONE_WAY_MAX)
		run->report.one_way = false;
	status = exit_report_log(&run->report, &run->pppd);
	return run->pppd.ended ? status_of_pppd(run->pppd.wait_status) : (int)status;
}

int run(const struct options *options, int report_fd, pid_t starter)
{
	struct run run = {
		.options = options,
		.pppd = PPPD_NONE,
		.wake_fd = -1,
		.report_fd = report_fd,
		.starter = report_fd >= 0 ? starter : -1,
		.streams = { .null_fd = -1 },
		.link_fd = -1,
		.stop_at = PPTP_TIME_NEVER,
		.hang_up_at = PPTP_TIME_NEVER,
		.terminate_at = PPTP_TIME_NEVER,
		.give_up_at = PPTP_TIME_NEVER,
	};
	int status;

	run.signal_fd = signals_open(&run.child_mask);
	if (run.signal_fd < 0) {
		log_line(PPTP_LOG_ERROR, "signals: %s", pptp_strerror(run.signal_fd));
		return EXIT_STATUS_SYSTEM;
	}
	status = run_call(&run);
	close_all(&run);
	return status;
}
