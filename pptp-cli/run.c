/* SPDX-License-Identifier: MIT */
/*
 * One call from start to end: the session, pppd, signals and the deadlines of the command itself. The
 * loop waits in the library (pptp_session_wait), which a signalfd and the keeper's reports wake too.
 * What is logged at the end is in exit_report.c.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <pptp/session.h>

#include "channel_link.h"
#include "configure.h"
#include "detach.h"
#include "events.h"
#include "exit_report.h"
#include "keeper.h"
#include "kernel_call.h"
#include "log.h"
#include "monotonic.h"
#include "pppd.h"
#include "pppd_check.h"
#include "privilege.h"
#include "processes.h"
#include "signals.h"
#include "statistics.h"
#include "stdio_link.h"
#include "streams.h"
#include "wake.h"

/* After a signal: time for pppd to terminate PPP before the call is cleared. */
#define PPP_GRACE (300 * PPTP_NS_PER_MS)
/* From the signal to the end of everything; managers kill after two seconds. */
#define STOP_MAX (1700 * PPTP_NS_PER_MS)
/* pppd's file may be on a file system that does not answer. */
#define PPPD_START_MAX (10 * PPTP_NS_PER_SEC)
/* From the server's end of the session: pppd reads what arrived before, and ends by its own reason. */
#define VERDICT_GRACE PPTP_NS_PER_SEC
/* From the hang-up: until pppd gets a signal, and until it is left running. */
#define HANGUP_GRACE PPTP_NS_PER_SEC
#define HANGUP_MAX   (5 * PPTP_NS_PER_SEC)
/* While the system's logger does not take our lines. */
#define LOG_RETRY_MS 50
/* pppd gives up well before where nothing of it arrives. */
#define ONE_WAY_MAX (60 * PPTP_NS_PER_SEC)

struct run {
	const struct options *options;
	struct pptp_session *session; /* NULL once it is over */
	struct pppd pppd;
	struct keeper keeper;
	struct exit_report report;
	sigset_t child_mask;
	int signal_fd;
	int wake_fd;   /* readable with signal_fd and with the keeper's reports */
	int report_fd; /* to the process that was started, until pppd has left it */
	pid_t starter; /* that process */
	bool relayed;  /* the signal came through it */
	struct streams streams;
	struct kernel_call kernel; /* with --channel */
	int link_fd;    /* a copy of the session's link: pppd sees no hang-up before it is closed */
	bool call_up;   /* just now: pppd is not started yet */
	bool end_seen;  /* of pppd: its report may also come while the host route is waited for */
	uint64_t up_at; /* when the call came up */
	uint64_t start_by;     /* pppd must have been started */
	uint64_t stop_at;      /* stop the session */
	uint64_t hang_up_at;   /* close the link to pppd */
	uint64_t terminate_at; /* send SIGTERM to pppd */
	uint64_t give_up_at;   /* exit, even if pppd still runs */
};

static void fail(struct run *run, enum exit_status status)
{
	if (run->report.failure == EXIT_STATUS_OK)
		run->report.failure = status;
}

static void hang_up(struct run *run)
{
	if (run->link_fd >= 0)
		close(run->link_fd);
	run->link_fd = -1;
	kernel_call_hang_up(&run->kernel);
	run->hang_up_at = PPTP_TIME_NEVER;
	if (!run->pppd.running || run->report.signal)
		return;
	run->terminate_at = monotonic_ns() + HANGUP_GRACE;
	run->give_up_at = monotonic_ns() + HANGUP_MAX;
}

static void session_over(struct run *run)
{
	bool pppd_runs;

	run->session = pptp_session_free(run->session);
	pppd_runs = run->pppd.running || !run->options->launch_pppd;
	run->stop_at = PPTP_TIME_NEVER;
	if (pppd_runs && run->report.was_up && !run->report.signal &&
	    exit_report_is_servers_end(&run->report))
		run->hang_up_at = monotonic_ns() + VERDICT_GRACE;
	else
		hang_up(run);
}

/* -- launch mode ---------------------------------------------------------------------------- */

static void pppd_not_started(struct run *run, int err)
{
	log_line(PPTP_LOG_ERROR, "pppd could not be started: %s%s", pptp_strerror(err),
		 err == -ENOENT || err == -EACCES ? "; install the ppp package or check PATH"
		 : err == -ETIMEDOUT              ? "; is its file system reachable"
						  : privilege_hint(err));
	run->pppd.running = false;
	fail(run, EXIT_STATUS_PPPD);
	if (run->session)
		pptp_session_stop(run->session);
}

static void launch_pppd(struct run *run)
{
	int err = keeper_start_pppd(&run->keeper);

	if (err < 0)
		pppd_not_started(run, err);
	else
		run->start_by = monotonic_ns() + PPPD_START_MAX;
}

static void pppd_started(struct run *run)
{
	run->start_by = PPTP_TIME_NEVER;
	if (run->pppd.start_result < 0) {
		pppd_not_started(run, run->pppd.start_result);
		return;
	}
	log_line(PPTP_LOG_NOTICE, "pppd started on %s, process %d", run->pppd.terminal,
		 run->pppd.start_result);
	if (run->report_fd >= 0)
		detach_pppd_runs(run->report_fd);
}

/* -- the kernel's data path ------------------------------------------------------------------ */

static void take_channel_news(struct run *run)
{
	if (!run->options->channel || run->link_fd < 0)
		return;
	if (channel_link_read(run->link_fd, &run->kernel.unit))
		return;
	log_line(PPTP_LOG_NOTICE, "pppd has closed the link");
	if (run->session)
		pptp_session_stop(run->session);
	hang_up(run);
}

static void log_statistics(const struct run *run)
{
	if (run->options->channel)
		kernel_call_log_statistics(&run->kernel);
	else if (run->session)
		statistics_log(run->session, run->options->log_level >= 2);
}

static void call_is_up(struct run *run)
{
	if (run->options->channel && run->link_fd >= 0 &&
	    kernel_call_offer(&run->kernel, run->session, run->link_fd) < 0) {
		fail(run, EXIT_STATUS_SYSTEM);
		pptp_session_stop(run->session);
	}
	if (run->options->launch_pppd)
		launch_pppd(run);
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

static void pppd_ended(struct run *run)
{
	run->end_seen = true;
	if (!run->session)
		hang_up(run);
	/* The session stops by itself at the hang-up, unless pppd never opened its terminal. */
	if (run->session && run->stop_at == PPTP_TIME_NEVER)
		run->stop_at = monotonic_ns() + PPP_GRACE;
}

static void take_reports(struct run *run)
{
	keeper_take_reports(&run->keeper);
	/* ECHILD: the keeper was killed. */
	if (run->keeper.fd < 0 && run->pppd.start_result == 0)
		run->pppd.start_result = -ECHILD;
	if (run->pppd.start_result != 0 && run->start_by != PPTP_TIME_NEVER)
		pppd_started(run);
	if (run->pppd.detached && run->report_fd >= 0)
		pppd_left(run);
	if (run->pppd.ended && !run->end_seen)
		pppd_ended(run);
	if (run->keeper.changed && run->session)
		pptp_session_check_address(run->session);
	run->keeper.changed = false;
}

/* -- privileges ------------------------------------------------------------------------------ */

/* The connection is open and nothing was read from it: from here on nothing more is opened. */
static void confine_all(const struct run *run)
{
	keeper_seal(&run->keeper);
	if (run->options->sandbox)
		privilege_confine(run->kernel.number);
}

/* -- events --------------------------------------------------------------------------------- */

static void handle_event(struct run *run, const struct pptp_event *event)
{
	event_log(event);
	switch (event->type) {
	case PPTP_EVENT_CONNECTED:
		confine_all(run);
		break;
	case PPTP_EVENT_CALL_UP:
		run->report.was_up = true;
		run->up_at = monotonic_ns();
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

/* pppd has the signal too: from here in launch mode, from a service manager behind the plugin. */
static bool ends_ppp_first(const struct run *run)
{
	return run->pppd.running || (run->options->channel && run->report.was_up);
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
	run->give_up_at = monotonic_ns() + STOP_MAX;
	run->terminate_at = PPTP_TIME_NEVER;
	keeper_signal_pppd(&run->keeper, number == SIGQUIT ? SIGTERM : number);
	run->stop_at = monotonic_ns() + (ends_ppp_first(run) ? PPP_GRACE : 0);
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
			keeper_reap(&run->keeper);
			break;
		case SIGUSR1:
			log_statistics(run);
			break;
		case SIGUSR2:
			keeper_signal_pppd(&run->keeper, number);
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
	take_channel_news(run);
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
		keeper_signal_pppd(&run->keeper, SIGTERM);
	}
	if (now >= run->start_by) {
		run->start_by = PPTP_TIME_NEVER;
		pppd_not_started(run, -ETIMEDOUT);
	}
}

/* -- the loop ------------------------------------------------------------------------------- */

static uint64_t next_due(const struct run *run)
{
	const uint64_t times[] = { run->stop_at, run->hang_up_at, run->terminate_at,
				   run->start_by };
	uint64_t due = run->give_up_at;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (times[i] < due)
			due = times[i];
	return due;
}

/* Milliseconds to wait until something is due, rounded up. */
static int wait_ms(const struct run *run)
{
	uint64_t due = next_due(run), now;

	if (log_retry())
		return LOG_RETRY_MS;
	if (due == PPTP_TIME_NEVER)
		return -1;
	now = monotonic_ns();
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
		log_line(PPTP_LOG_ERROR, "cannot wait for the network (epoll_wait): %s%s",
			 pptp_strerror(err), privilege_hint(err));
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
	return next_due(run) == PPTP_TIME_NEVER ? 0 : monotonic_ns();
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

/* Nothing is read from it before the call is up. */
static int attach_link(struct run *run)
{
	int read_fd = pppd_take_master(&run->pppd), write_fd = read_fd, err = 0;

	if (run->options->channel) {
		run->link_fd = channel_link_take();
		return run->link_fd < 0 ? run->link_fd : wake_add(run->wake_fd, run->link_fd);
	}
	if (!run->options->launch_pppd)
		err = stdio_link_take(&read_fd, &write_fd);
	if (err < 0)
		return err;
	run->link_fd = fcntl(read_fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return pptp_session_attach(run->session, read_fd, write_fd,
				   run->options->sync ? PPTP_LINK_SYNC : PPTP_LINK_ASYNC);
}

static enum exit_status start(struct run *run)
{
	int err = attach_link(run);

	if (err < 0) {
		log_line(PPTP_LOG_ERROR, "%s: %s%s",
			 run->options->channel ? "cannot use the plugin's socket (fcntl, dup2)"
			 : run->options->launch_pppd
				 ? "no terminal for pppd (fcntl, epoll_ctl)"
				 : "cannot use standard input and output (fcntl, dup2)",
			 pptp_strerror(err), privilege_hint(err));
		return EXIT_STATUS_SYSTEM;
	}
	err = pptp_session_wake_on(run->session, run->wake_fd);
	if (err < 0) {
		log_line(PPTP_LOG_ERROR, "cannot watch for signals (epoll_ctl): %s%s",
			 pptp_strerror(err), privilege_hint(err));
		return EXIT_STATUS_SYSTEM;
	}
	if (run->options->sandbox)
		privilege_drop();
	if (run->report_fd >= 0) {
		detach_follow_waiter();
		if (getppid() != run->starter)
			starter_ended(run);
	}
	if (configure_start(run->session) != EXIT_STATUS_OK)
		return EXIT_STATUS_SYSTEM;
	handle_events(run);
	return EXIT_STATUS_OK;
}

static void close_all(struct run *run)
{
	run->session = pptp_session_free(run->session);
	if (run->pppd.running) {
		keeper_signal_pppd(&run->keeper, SIGTERM);
		log_line(PPTP_LOG_WARNING, "pppd has not exited yet; leaving it running");
	}
	keeper_leave(&run->keeper);
	log_close();
	if (run->pppd.master >= 0)
		close(run->pppd.master);
	streams_close(&run->streams);
	if (run->link_fd >= 0)
		close(run->link_fd);
	kernel_call_close(&run->kernel);
	if (run->wake_fd >= 0)
		close(run->wake_fd);
	close(run->signal_fd);
}

static enum exit_status open_wake(struct run *run)
{
	int err = run->wake_fd = wake_open();

	if (err >= 0)
		err = wake_add(run->wake_fd, run->signal_fd);
	if (err >= 0)
		err = wake_add(run->wake_fd, run->keeper.fd);
	if (err >= 0)
		return EXIT_STATUS_OK;
	log_line(PPTP_LOG_ERROR, "cannot watch for signals (epoll): %s%s", pptp_strerror(err),
		 privilege_hint(err));
	return EXIT_STATUS_SYSTEM;
}

static int run_call(struct run *run)
{
	enum exit_status status;

	if (run->options->launch_pppd && !pppd_check())
		return EXIT_STATUS_PPPD;
	if (processes_prepare(&run->keeper, &run->pppd, run->options, &run->child_mask,
			      (const int[]){ run->signal_fd, run->report_fd }) < 0)
		return EXIT_STATUS_SYSTEM;
	streams_prepare(&run->streams);
	status = open_wake(run);
	if (status == EXIT_STATUS_OK && run->options->channel &&
	    kernel_call_prepare(&run->kernel, run->options->config) < 0)
		status = EXIT_STATUS_SYSTEM;
	if (status == EXIT_STATUS_OK)
		status = configure_session(run->options, &run->session);
	if (status == EXIT_STATUS_OK)
		status = start(run);
	if (status != EXIT_STATUS_OK)
		return status;
	loop(run);
	/* A call that lasted so long works: its server only never acknowledges. */
	if (monotonic_ns() - run->up_at > ONE_WAY_MAX)
		run->report.one_way = false;
	status = exit_report_log(&run->report, &run->pppd);
	return run->pppd.ended ? pppd_exit_status(&run->pppd) : (int)status;
}

int run(const struct options *options, int report_fd, pid_t starter)
{
	struct run run = {
		.options = options,
		.pppd = PPPD_NONE,
		.keeper = KEEPER_NONE,
		.wake_fd = -1,
		.report_fd = report_fd,
		.starter = report_fd >= 0 ? starter : -1,
		.streams = { .null_fd = -1 },
		.kernel = KERNEL_CALL_NONE,
		.link_fd = -1,
		.stop_at = PPTP_TIME_NEVER,
		.hang_up_at = PPTP_TIME_NEVER,
		.start_by = PPTP_TIME_NEVER,
		.terminate_at = PPTP_TIME_NEVER,
		.give_up_at = PPTP_TIME_NEVER,
	};
	int status;

	run.signal_fd = signals_open(&run.child_mask);
	if (run.signal_fd < 0) {
		log_line(PPTP_LOG_ERROR, "cannot take signals (sigprocmask, signalfd): %s%s",
			 pptp_strerror(run.signal_fd), privilege_hint(run.signal_fd));
		return EXIT_STATUS_SYSTEM;
	}
	status = run_call(&run);
	close_all(&run);
	return status;
}
