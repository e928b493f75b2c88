/* SPDX-License-Identifier: MIT */
/*
 * The host route is pinned, follows a new gateway and is removed, and every call of libnl goes
 * wrong in every way, at its first, second, ... use, until the route comes through without.
 */
#define _GNU_SOURCE
#include <netlink/errno.h>
#include <sys/resource.h>

#include "calls.h"
#include "rig.h"
#include "uplink.h"
#include "wraps.h"

#define TARGET "192.0.2.1"
#define CALLS  2000 /* more than that is a spin */

const unsigned int fault_name_count = 1;
const uint32_t fault_name_addresses[] = { 0x7f000001 };

/* -- one life of a host route --------------------------------------------------------------- */

struct life {
	struct fault fault;
	int pin_error;
	unsigned int routes_pinned;
	unsigned int routes_left;
	unsigned int warnings;
	unsigned int short_texts;
};

static void note_log(void *user, bool warning, const char *text)
{
	struct life *life = user;

	life->warnings += warning;
	life->short_texts += strlen(text) < 10;
}

static void dispatch(struct pptp_route *route)
{
	struct pollfd pfd = { .fd = pptp_route_get_fd(route), .events = POLLIN };

	/* What fails may leave the news where they are: a caller comes again, here thrice. */
	for (int i = 0; i < 3 && poll(&pfd, 1, 0) == 1; i++) {
		faults_enter();
		pptp_route_dispatch(route);
		faults_leave();
	}
}

static void follow(struct pptp_route *route)
{
	ck_assert(uplink_default_route(true, UPLINK_OTHER));
	ck_assert(uplink_default_route(false, UPLINK_GATEWAY));
	dispatch(route);
	ck_assert(uplink_default_route(true, UPLINK_GATEWAY));
	ck_assert(uplink_default_route(false, UPLINK_OTHER));
	ck_assert(uplink_tunnel_route(true));
	dispatch(route);
	ck_assert(uplink_tunnel_route(false));
}

static void live(struct life *life)
{
	struct pptp_route_query query = { .mark = 7 };
	struct pptp_route *route;

	inet_pton(AF_INET, TARGET, &query.dst);
	faults_enter();
	life->pin_error = pptp_route_pin(&route, &query, note_log, life);
	faults_leave();
	life->routes_pinned = uplink_host_routes(TARGET);
	if (life->pin_error)
		return;
	follow(route);
	faults_enter();
	pptp_route_unpin(route);
	faults_leave();
	life->routes_left = uplink_host_routes(TARGET);
}

/* What is left over is recognised, has a spare as if another's, and is removed by the next. */
static void clean_up(void)
{
	const bool left = uplink_host_routes(TARGET) > 0;
	struct life life = { 0 };

	faults_plan(NULL);
	live(&life);
	ck_assert_int_eq(life.pin_error, 0);
	ck_assert_uint_eq(life.routes_pinned, left ? 2 : 1);
	ck_assert_uint_eq(life.routes_left, 0);
}

/* -- the sweep ------------------------------------------------------------------------------ */

static const struct {
	enum fault_call call;
	int error;
	unsigned int times;
} kinds[] = {
	{ CALL_NETLINK, NLE_NOMEM, 1 },   { CALL_NETLINK, NLE_NOMEM, FAULT_FOR_EVER },
	{ CALL_NETLINK, NLE_AGAIN, 1 },   { CALL_NETLINK, NLE_AGAIN, FAULT_FOR_EVER },
	{ CALL_NETLINK, NLE_PERM, 1 },    { CALL_NETLINK, NLE_PERM, FAULT_FOR_EVER },
	{ CALL_NETLINK, NLE_FAILURE, 1 }, { CALL_NETLINK, NLE_FAILURE, FAULT_FOR_EVER },
	{ CALL_MEMORY, ENOMEM, 1 },       { CALL_MEMORY, ENOMEM, FAULT_FOR_EVER },
};

static void judge(const struct life *life, int descriptors)
{
	char text[96];
	/* With no call that works nothing can be taken back; clean_up() finds it. */
	bool stuck = life->fault.times == FAULT_FOR_EVER;
	bool sound = life->pin_error ? !life->routes_pinned || stuck
				     : !life->routes_left || life->warnings;

	snprintf(text, sizeof(text), "call %u of %s, error %d, %u times", life->fault.first,
		 life->fault.call == CALL_NETLINK ? "libnl" : "malloc", life->fault.error,
		 life->fault.times);
	ck_assert_msg(sound, "%s: pin %d, %u pinned, %u left, %u warnings", text, life->pin_error,
		      life->routes_pinned, life->routes_left, life->warnings);
	ck_assert_msg(life->pin_error <= 0 && !life->short_texts, "%s: %d", text, life->pin_error);
	ck_assert_msg(life->fault.error != NLE_NOMEM || life->pin_error != PPTP_ERR_NO_ROUTE,
		      "%s: want of memory passes for want of a route", text);
	ck_assert_msg(count_descriptors() == descriptors, "%s: a descriptor is left", text);
	ck_assert_msg(faults_live() == 0, "%s: memory is left", text);
	ck_assert_msg(faults_calls() < CALLS, "%s: %u calls", text, faults_calls());
}

START_TEST(every_call_fails)
{
	struct life life;
	unsigned int first = 0;
	int descriptors = count_descriptors();

	clean_up();
	do {
		life = (struct life){ .fault = { .call = kinds[_i].call,
						 .error = kinds[_i].error,
						 .first = ++first,
						 .times = kinds[_i].times } };
		faults_plan(&life.fault);
		live(&life);
		judge(&life, descriptors);
		if (!faults_fired())
			ck_assert(life.routes_pinned == 1 && !life.routes_left && !life.warnings);
	} while (faults_fired() && (clean_up(), true));
	printf("# %u routes with a fault\n", first - 1);
	fflush(stdout);
	ck_assert_uint_gt(first, 1);
}
END_TEST

/* A host route that is not needed any more, and whose removal fails, is removed at the end. */
START_TEST(what_stays_is_not_forgotten)
{
	struct pptp_route_query query = { .mark = 7 };
	struct fault fault = { .call = CALL_NETLINK, .error = NLE_FAILURE, .times = 1 };
	struct pptp_route *route;
	unsigned int stayed = 0;

	inet_pton(AF_INET, TARGET, &query.dst);
	do {
		fault.first++;
		faults_plan(NULL);
		ck_assert_int_eq(pptp_route_pin(&route, &query, NULL, NULL), 0);
		uplink_own_address(TARGET, true);
		faults_plan(&fault);
		faults_enter();
		pptp_route_dispatch(route);
		faults_leave();
		stayed += pptp_route_get_state(route) == PPTP_ROUTE_UNNEEDED &&
			  uplink_host_routes(TARGET);
		pptp_route_unpin(route);
		ck_assert_msg(uplink_host_routes(TARGET) == 0, "left after call %u failed",
			      fault.first);
		uplink_own_address(TARGET, false);
	} while (faults_fired());
	ck_assert_uint_gt(stayed, 0);
}
END_TEST

/* As many descriptors as are open, and `spare` more. */
static struct rlimit limit_descriptors(int spare)
{
	struct rlimit limit, before;
	int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0); /* the lowest that is free */

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)(fd + spare);
	close(fd);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return before;
}

/* libnl has no number of its own for that. */
START_TEST(a_limit_is_called_by_its_name)
{
	struct pptp_route_query query = { .mark = 7 };
	struct pptp_route_info info;
	struct pptp_route *route;
	struct rlimit before;

	faults_plan(NULL);
	inet_pton(AF_INET, TARGET, &query.dst);
	before = limit_descriptors(_i);
	ck_assert_int_eq(pptp_route_pin(&route, &query, NULL, NULL), -EMFILE);
	ck_assert_int_eq(pptp_route_lookup(&query, &info, sizeof(info)), _i ? 0 : -EMFILE);
	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_uint_eq(uplink_host_routes(TARGET), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("route faults");
	TCase *tc = tcase_create("sweep");

	if (!own_network() || !uplink_open()) {
		printf("1..0 # SKIP route faults: no network of its own may be made here\n");
		return EXIT_SUCCESS;
	}
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, every_call_fails, 0, sizeof(kinds) / sizeof(kinds[0]));
	tcase_add_test(tc, what_stays_is_not_forgotten);
	tcase_add_loop_test(tc, a_limit_is_called_by_its_name, 0, 2);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
