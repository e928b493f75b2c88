/* SPDX-License-Identifier: MIT */
/*
 * One call from start to end: the session, pppd, signals and the command's own deadlines. The loop waits in the library (pptp_session_wait), which a signalfd and the keeper's reports wake too.
 * What is logged at the end is in exit_report.c.
 */
#include "run.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <unistd.h>

#include <pptp/session.h>

#include "channel_link.h"
#include "configure.h"
#include "deadlines.h"
#include "detach.h"
#include "events.h"
#include "exit_report.h"
#include "keeper.h"
#include "kernel_call.h"
#include "log.h"
#include "monotonic.h"
#include "ppp_link.h"
#include "pppd.h"
#include "pppd_check.h"
#include "privilege.h"
#include "processes.h"
#include "service_notify.h"
#include "signals.h"
#include "statistics.h"
#include "status/own.h"
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
/* Between two lines to a service manager about a call that is up. */
#define TELL_INTERVAL (60 * PPTP_NS_PER_SEC)
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
	struct own_status status;
	int link_fd;    /* a copy of the session's link: pppd sees no hang-up before it is closed */
	bool call_up;   /* just now: pppd is not started yet */
	bool end_seen;  /* of pppd: its report may also come while the host route is waited for */
	uint64_t up_at; /* when the call came up */
	struct deadlines at;
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
	run->at.hang_up = PPTP_TIME_NEVER;
	if (!run->pppd.running || run->report.signal)
		return;
	run->at.terminate = monotonic_ns() + HANGUP_GRACE;
	run->at.give_up = monotonic_ns() + HANGUP_MAX;
}

static void session_over(struct run *run)
{
	bool pppd_runs;

	own_status_note(&run->status, run->session);
	service_notify("STOPPING=1");
	run->session = pptp_session_free(run->session);
	pppd_runs = run->pppd.running || !run->options->launch_pppd;
	run->at.stop = PPTP_TIME_NEVER;
	if (pppd_runs && run->report.was_up && !run->report.signal &&
	    exit_report_is_servers_end(&run->report))
		run->at.hang_up = monotonic_ns() + VERDICT_GRACE;
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
		run->at.start_by = monotonic_ns() + PPPD_START_MAX;
}

static void pppd_started(struct run *run)
{
	run->at.start_by = PPTP_TIME_NEVER;
	if (run->pppd.start_result < 0) {
		pppd_not_started(run, run->pppd.start_result);
		return;
	}
	log_line(PPTP_LOG_NOTICE, "pppd started on %s, process %d", run->pppd.terminal,
		 run->pppd.start_result);
	if (run->report_fd >= 0)
		detach_pppd_runs(run->report_fd);
	/* With updetach it is ready once pppd leaves; with up_sdnotify pppd tells that itself. */
	if (!options_has_word(run->options, "updetach") &&
	    !options_has_word(run->options, "up_sdnotify"))
		service_notify("READY=1");
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
	service_notify("MAINPID=%d\nREADY=1", (int)getpid());
	detach_pppd_left(run->report_fd);
	run->report_fd = -1;
}

static void pppd_ended(struct run *run)
{
	run->end_seen = true;
	if (!run->session)
		hang_up(run);
	/* The session stops by itself at the hang-up, unless pppd never opened its terminal. */
	if (run->session && run->at.stop == PPTP_TIME_NEVER)
		run->at.stop = monotonic_ns() + PPP_GRACE;
}

static void take_reports(struct run *run)
{
	keeper_take_reports(&run->keeper);
	/* ECHILD: the keeper was killed. */
	if (run->keeper.fd < 0 && run->pppd.start_result == 0)
		run->pppd.start_result = -ECHILD;
	if (run->pppd.start_result != 0 && run->at.start_by != PPTP_TIME_NEVER)
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
		privilege_confine(run->kernel.number, run->status.socket.fd);
}

/* -- events --------------------------------------------------------------------------------- */

static void handle_event(struct run *run, const struct pptp_event *event)
{
	event_log(event);
	own_status_note(&run->status, run->session);
	run->at.tell = service_notify_is_on() ? 0 : PPTP_TIME_NEVER;
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
			run->at.give_up = 0;
		return;
	}
	run->relayed = sender == run->starter;
	run->report.signal = number;
	service_notify("STOPPING=1");
	run->report.asked = run->report.down.reason == PPTP_REASON_NONE;
	run->at.give_up = monotonic_ns() + STOP_MAX;
	run->at.terminate = PPTP_TIME_NEVER;
	keeper_signal_pppd(&run->keeper, number == SIGQUIT ? SIGTERM : number);
	run->at.stop = monotonic_ns() + (ends_ppp_first(run) ? PPP_GRACE : 0);
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

static void answer_status(struct run *run)
{
	const struct own_status_sources sources = {
		.options = run->options,
		.session = run->session,
		.keeper = &run->keeper,
		.pppd = &run->pppd,
		.kernel = &run->kernel,
		.report = &run->report,
	};

	own_status_answer(&run->status, &sources);
}

static void handle_wake(struct run *run)
{
	handle_signals(run);
	take_reports(run);
	take_channel_news(run);
	answer_status(run);
}

/* After each event, and at intervals while the call is up. */
static void tell_service_manager(struct run *run)
{
	const struct pptp_session_info *info = &run->status.info;
	const struct pptp_stats *stats = &run->status.stats;

	own_status_note(&run->status, run->session);
	if (info->phase == PPTP_PHASE_UP) {
		service_notify("STATUS=connected to %s: %" PRIu64 " packets received, %" PRIu64
			       " lost, %" PRIu64 " sent, round trip %" PRIu64 " ms",
			       info->server, stats->rx_accepted, stats->rx_lost, stats->tx_sent,
			       (stats->rtt_us + 500) / 1000);
		run->at.tell = monotonic_ns() + TELL_INTERVAL;
	} else if (run->report.down.reason != PPTP_REASON_NONE) {
		service_notify("STATUS=%s: %s", info->server, run->report.down.text);
	} else {
		service_notify("STATUS=%s: %s", info->server, pptp_phase_text(info->phase));
	}
}

static void handle_time(struct run *run, uint64_t now)
{
	if (deadline_passed(&run->at.stop, now) && run->session)
		pptp_session_stop(run->session);
	if (now >= run->at.hang_up)
		hang_up(run);
	if (deadline_passed(&run->at.terminate, now))
		keeper_signal_pppd(&run->keeper, SIGTERM);
	if (deadline_passed(&run->at.start_by, now))
		pppd_not_started(run, -ETIMEDOUT);
	if (deadline_passed(&run->at.tell, now))
		tell_service_manager(run);
}

/* -- the loop ------------------------------------------------------------------------------- */

static int wait_ms(const struct run *run)
{
	return log_retry() ? LOG_RETRY_MS : deadlines_wait_ms(&run->at);
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

/* No clock call for each packet: without a service manager, most of the time nothing will be due. */
static uint64_t now_if_needed(const struct run *run)
{
	return deadlines_next(&run->at) == PPTP_TIME_NEVER ? 0 : monotonic_ns();
}

static bool goes_on(const struct run *run)
{
	return run->session || run->pppd.running || run->at.hang_up != PPTP_TIME_NEVER;
}

/*
 * What is due is judged by the time before the turn, so that the turn has read what arrived until then:
 * a process that stood still finds pppd's end beside a time-out that has passed.
 */
static void loop(struct run *run)
{
	uint64_t now = 0;

	while (goes_on(run) && now < run->at.give_up) {
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
	int err;

	run->link_fd = ppp_link_attach(run->options, &run->pppd, run->session, run->wake_fd);
	if (run->link_fd < 0)
		return EXIT_STATUS_SYSTEM;
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
	own_status_close(&run->status);
	service_notify_close();
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
		err = wake_add(run->wake_fd, run->status.socket.fd);
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
	own_status_open(&run->status, run->options,
			(const int[]){ run->signal_fd, run->report_fd });
	if (processes_prepare(&run->keeper, &run->pppd, run->options, &run->child_mask,
			      (const int[]){ run->signal_fd, run->report_fd, run->status.socket.fd,
					     run->status.remover_fd }) < 0)
		return EXIT_STATUS_SYSTEM;
	streams_prepare(&run->streams);
	if (run->options->launch_pppd)
		service_notify_open();
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
		.status = OWN_STATUS_NONE,
		.link_fd = -1,
		.at = DEADLINES_NONE,
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
