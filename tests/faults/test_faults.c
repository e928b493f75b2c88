/* SPDX-License-Identifier: MIT */
/*
 * Every system call of a session goes wrong in every way, at its first, second, ... use, until a
 * session ends without having come so far.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>

#include "expectations.h"
#include "rig.h"
#include "run.h"

/*
 * More calls and turns than a session without faults makes, and no more: nothing spins. Octet by
 * octet there are some for each.
 */
#define EXTRA_CALLS       400
#define EXTRA_TURNS       100
#define EXTRA_CALLS_SHORT 20000

static const struct {
	unsigned int flag;
	unsigned int times;
	const char *name;
} repetitions[] = {
	{ ONCE, 1, "once" },
	{ BURST, BURST_LENGTH, "20 times" },
	{ EVER, FAULT_FOR_EVER, "for ever" },
};

static const char *const kind_names[] = { "fails with", "is short", "is at its end", "tells" };
static volatile sig_atomic_t sigpipes;

struct sweep {
	enum way way;
	const struct expectation *expected;
	struct fault fault;
	const char *how_often;
	struct run usual; /* without a fault */
	struct run run;
};

static const char *error_text(const struct fault *fault)
{
	if (fault->call == CALL_GETADDRINFO)
		return gai_strerror(fault->error);
	return fault->error ? strerror(fault->error) : "";
}

__attribute__((format(printf, 3, 4))) static void require(const struct sweep *sweep, bool condition,
							  const char *format, ...)
{
	const struct run *run = &sweep->run;
	char text[256];
	va_list args;

	if (condition)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ck_abort_msg("%s: call %u of %s %s %s, %s: %s [new %d attach %d start %d dispatch %d; "
		     "closed %u: %s, %d, \"%s\"; frames up %x %x down %x %x; tx failed %llu "
		     "dropped %llu, "
		     "rx errors %llu lost %llu, fired %u %u %u; %u turns, %u calls]",
		     way_names[sweep->way], sweep->fault.first, call_names[sweep->fault.call],
		     kind_names[sweep->fault.kind], error_text(&sweep->fault), sweep->how_often,
		     text, run->new_error, run->attach_error, run->start_error, run->dispatch_error,
		     run->closed, pptp_reason_text(run->down.reason), run->down.system_error,
		     run->down.text, run->up_frames[0], run->up_frames[1], run->down_frames[0],
		     run->down_frames[1], (unsigned long long)run->stats.tx_failed,
		     (unsigned long long)run->stats.tx_dropped,
		     (unsigned long long)run->stats.rx_os_errors,
		     (unsigned long long)run->stats.rx_lost, run->fired_before[0],
		     run->fired_before[1], run->fired, run->turns, run->calls);
}

/* -- what came of it ------------------------------------------------------------------------ */

static const unsigned int all_frames = (1U << FRAMES) - 1;

static bool round_is_whole(const struct run *run, unsigned int round)
{
	return run->up_frames[round] == all_frames && run->down_frames[round] == all_frames;
}

static bool was_stopped(const struct run *run)
{
	return run->closed == 1 && run->down.reason == PPTP_REASON_STOPPED && !run->link_closed;
}

static bool is_unharmed(const struct run *run)
{
	return was_stopped(run) && round_is_whole(run, 0) && round_is_whole(run, 1);
}

static unsigned int missing(const unsigned int frames[ROUNDS])
{
	unsigned int n = 0;

	for (unsigned int round = 0; round < ROUNDS; round++)
		for (unsigned int i = 0; i < FRAMES; i++)
			n += !(frames[round] & 1U << i);
	return n;
}

/* Frames that stay in a socket that cannot be read are not counted, but the failures to read are;
 * in a hub those are no one session's (hub.h). */
static bool losses_are_counted(const struct sweep *sweep)
{
	const struct run *run = &sweep->run;
	bool unread = run->stats.rx_os_errors || way_has_hub(sweep->way);

	return run_lost_up(run) >= missing(run->up_frames) &&
	       (run_lost_down(run) >= missing(run->down_frames) || unread);
}

/* A pty keeps no frame boundaries: in synchronous mode a part of a frame passes for a frame. */
static bool may_be_damaged(const struct sweep *sweep)
{
	return sweep->way == WAY_SYNC && sweep->fault.kind == FAULT_SHORT &&
	       (sweep->fault.call == CALL_READ_LINK || sweep->fault.call == CALL_WRITE_LINK);
}

/* What no longer goes wrong does no more harm. */
static bool is_lossy(const struct sweep *sweep)
{
	const struct run *run = &sweep->run;
	bool over =
		sweep->fault.times != FAULT_FOR_EVER && run->fired_before[1] >= sweep->fault.times;

	return was_stopped(run) && (losses_are_counted(sweep) || may_be_damaged(sweep)) &&
	       (!over || round_is_whole(run, 1));
}

static bool is_refused(const struct sweep *sweep, int error)
{
	bool unsupported = sweep->fault.error == EPERM || sweep->fault.error == ENOSYS;

	return error == -sweep->fault.error || (unsupported && error == PPTP_ERR_UNSUPPORTED) ||
	       (sweep->fault.call == CALL_MEMORY && error == -ENOMEM);
}

static bool ended_rightly(const struct sweep *sweep)
{
	const struct run *run = &sweep->run;
	const struct pptp_event_down *down = &run->down;
	const int errors[] = {
		run->hub_error,   run->config_error,   run->new_error,  run->attach_error,
		run->start_error, run->dispatch_error, run->stop_error,
	};
	enum pptp_reason why = sweep->expected->reason;

	for (unsigned int i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i])
			return is_refused(sweep, errors[i]);
	if (run->closed != 1 || strlen(down->text) < 10)
		return false;
	if (sweep->fault.call == CALL_GETADDRINFO)
		return down->reason == why &&
		       (sweep->fault.error != EAI_SYSTEM || down->system_error == -EMFILE);
	if (why == PPTP_REASON_LINK_CLOSED)
		return down->reason == why && run->link_closed == 1;
	if (sweep->fault.error && !is_refused(sweep, down->system_error))
		return false;
	return down->reason == why || (!why && (down->reason == PPTP_REASON_SYSTEM_ERROR ||
						down->reason == PPTP_REASON_NOT_PERMITTED));
}

static bool is_as_expected(const struct sweep *sweep)
{
	bool harmed = sweep->run.fired || sweep->fault.call == CALL_POLL_GRE;

	switch (harmed ? sweep->expected->outcome : UNHARMED) {
	case UNHARMED:
		return is_unharmed(&sweep->run);
	case LOSSY:
		return is_lossy(sweep);
	default:
		return is_lossy(sweep) || ended_rightly(sweep);
	}
}

static void judge(const struct sweep *sweep)
{
	const struct run *run = &sweep->run;
	unsigned int extra = sweep->fault.kind == FAULT_SHORT ? EXTRA_CALLS_SHORT : 0;

	require(sweep, is_as_expected(sweep), "not what the design says");
	require(sweep, run->live == 0, "%zu allocations are left", run->live);
	require(sweep, run->descriptors == 0, "%d descriptors are left", run->descriptors);
	require(sweep, run->late_frames == 0 || may_be_damaged(sweep),
		"%u frames were damaged or came twice", run->late_frames);
	require(sweep, run->calls <= 2 * sweep->usual.calls + EXTRA_CALLS + extra,
		"too many system calls");
	require(sweep, run->turns <= 2 * sweep->usual.turns + EXTRA_TURNS + extra,
		"too many turns");
	require(sweep, !sigpipes, "SIGPIPE was raised");
}

/* -- the sweep ------------------------------------------------------------------------------ */

static unsigned int sweep_call(struct sweep *sweep)
{
	unsigned int runs = 0;

	sweep->fault.first = 0;
	do {
		sweep->fault.first++;
		run_session(&sweep->run, sweep->way, &sweep->fault);
		judge(sweep);
		runs++;
	} while (sweep->run.fired);
	return runs - 1;
}

static unsigned int sweep_expectation(struct sweep *sweep)
{
	const struct expectation *expected = sweep->expected;
	unsigned int runs = 0;

	for (unsigned int i = 0; i < sizeof(repetitions) / sizeof(repetitions[0]); i++) {
		if (!(expected->times & repetitions[i].flag))
			continue;
		sweep->how_often = repetitions[i].name;
		sweep->fault = (struct fault){ .call = expected->call,
					       .kind = expected->kind,
					       .error = expected->error,
					       .times = repetitions[i].times };
		runs += sweep_call(sweep);
	}
	return runs;
}

static void on_sigpipe(int signal)
{
	(void)signal;
	sigpipes |= faults_inside();
}

static enum way way;

static void require_usual(struct sweep *sweep)
{
	run_session(&sweep->usual, way, NULL);
	sweep->run = sweep->usual;
	sweep->expected = &expectations[0];
	judge(sweep);
}

/* Test _i: this call. */
START_TEST(every_call_fails)
{
	struct sweep sweep = { .way = way, .how_often = "never" };
	unsigned int runs = 0;

	signal(SIGPIPE, on_sigpipe);
	require_usual(&sweep);
	for (unsigned int i = 0; i < expectation_count; i++) {
		sweep.expected = &expectations[i];
		if (expectations[i].call == (enum fault_call)_i)
			runs += sweep_expectation(&sweep);
	}
	printf("# %s: %u sessions with a fault in %s\n", way_names[way], runs, call_names[_i]);
	fflush(stdout);
}
END_TEST

/* The calls that each kind of session makes; with these the table of expectations is whole. */
START_TEST(every_call_is_made)
{
	unsigned int counts[CALL_COUNT] = { 0 };

	for (way = 0; way < WAY_COUNT; way++) {
		struct sweep sweep = { .way = way, .how_often = "never" };

		require_usual(&sweep);
		for (int call = 0; call < CALL_COUNT_OF_SESSIONS; call++)
			counts[call] += faults_count((enum fault_call)call);
	}
	for (int call = 0; call < CALL_COUNT_OF_SESSIONS; call++)
		ck_assert_msg(call == CALL_POLL_GRE || counts[call], "%s is never called",
			      call_names[call]);
}
END_TEST

static bool find_way(const char *name)
{
	for (way = 0; way < WAY_COUNT; way++)
		if (strcmp(name, way_names[way]) == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("faults");
	TCase *tc = tcase_create("sweep");

	if (argc != 2 || !find_way(argv[1])) {
		fprintf(stderr, "usage: test_faults KIND-OF-SESSION\n");
		return EXIT_FAILURE;
	}
	if (!own_network()) {
		printf("1..0 # SKIP faults: no network namespace may be made here\n");
		return EXIT_SUCCESS;
	}
	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, every_call_fails, 0, CALL_COUNT_OF_SESSIONS);
	if (way == WAY_FRAMES)
		tcase_add_test(tc, every_call_is_made);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
