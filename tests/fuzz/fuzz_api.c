/* SPDX-License-Identifier: MIT */

/*
 * The calls of the stable API in any order, on some sessions, a hub and a host route, against a PAC
 * that may do anything (api_peer.c), with PPP ends that may too, and with system calls that fail
 * (tests/faults). After every step: results are documented ones, phases only advance, counters only
 * grow, errno is as before. At the end every session ends in time, with one CLOSED as its last event,
 * and no memory, descriptor, thread or route is left.
 *
 * Input: steps, each an octet for the operation, in its upper three bits the session, then what the
 * operation reads. The clock stands still between steps (api_system.c). Kernel and network are real,
 * in a network namespace.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "api_peer.h"
#include "api_system.h"
#include "api_world.h"
#include "network.h"
#include "uplink.h"
#include "wraps.h"

#define STEPS_MAX 300
#define FRAME_MAX (PPTP_FRAME_MAX + 100)
/* To end takes less than 2 s, in so many turns. */
#define END_TURN  (50 * PPTP_NS_PER_MS)
#define END_TURNS 40

/* Nobody listens on the first. */
const unsigned int fault_name_count = 2;
const uint32_t fault_name_addresses[] = { 0x7f000003, 0x7f000002 };

static void on_sigpipe(int signal)
{
	(void)signal;
	if (faults_inside())
		abort();
}

int LLVMFuzzerInitialize(int *argcp, char ***argvp);

int LLVMFuzzerInitialize(int *argcp, char ***argvp)
{
	(void)argcp;
	(void)argvp;
	signal(SIGPIPE, on_sigpipe);
	if (!own_network() || !uplink_open() || !api_peer_open()) {
		printf("1..0 # SKIP api: no network namespace may be made here\n");
		exit(EXIT_SUCCESS);
	}
	return 0;
}

/* -- what must always hold ------------------------------------------------------------------ */

/* Gauges may fall; all else in struct pptp_stats counts. */
static void check_stats(struct slot *slot)
{
	struct pptp_stats now = slot->stats, before;
	const uint64_t *old = (const uint64_t *)&before, *new = (const uint64_t *)&now;
	int err;

	LIBRARY(err = pptp_session_get_stats(slot->session, &now, sizeof(now)));
	FUZZ_CHECK(err == 0);
	before = slot->stats;
	slot->stats = now;
	before.rtt_us = before.reorder_timeout_us = before.tx_window = 0;
	for (size_t i = 0; i < sizeof(now) / sizeof(*new); i++)
		FUZZ_CHECK(new[i] >= old[i]);
}

static void check_slot(struct slot *slot)
{
	enum pptp_phase phase;

	LIBRARY(phase = pptp_session_get_phase(slot->session));
	FUZZ_CHECK(phase >= slot->phase && phase <= PPTP_PHASE_CLOSED);
	FUZZ_CHECK(!slot->over || phase == PPTP_PHASE_CLOSED);
	slot->phase = phase;
	check_stats(slot);
}

/* -- sessions ------------------------------------------------------------------------------- */

static void pop_events(struct slot *slot)
{
	const struct pptp_event *event;

	for (;;) {
		LIBRARY(event = pptp_session_pop_event(slot->session));
		if (!event)
			return;
		api_check_event(slot, event);
	}
}

static void pop_frames(struct slot *slot)
{
	struct pptp_frame frame;
	bool found;

	do {
		LIBRARY(found = pptp_session_pop_frame(slot->session, &frame));
		FUZZ_CHECK(!found || (frame.data && frame.len && frame.len <= PPTP_FRAME_MAX));
	} while (found);
}

static bool is_readable(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	const struct timespec at_once = { 0 };

	/* Not poll(), which may be made to fail. */
	return syscall(SYS_ppoll, &pfd, 1, &at_once, NULL, 0) == 1;
}

/* The session's turn, in one of the ways there are. */
static void dispatch(struct world *w, struct slot *slot, bool wait)
{
	int fd, err, timeout;

	LIBRARY(fd = pptp_session_get_fd(slot->session));
	LIBRARY(timeout = pptp_session_get_timeout_ms(slot->session));
	FUZZ_CHECK(timeout >= -1);
	if (wait)
		LIBRARY(err = pptp_session_wait(slot->session, is_readable(fd) ? -1 : 0));
	else
		LIBRARY(err = pptp_session_dispatch(slot->session));
	FUZZ_CHECK(err == PPTP_ERR_CLOSED || err == 0 || (wait && err == 1 && slot->wake >= 0) ||
		   (is_system_error(err) && w->faulted));
	FUZZ_CHECK(!slot->over || err == PPTP_ERR_CLOSED);
	slot->over |= err == PPTP_ERR_CLOSED;
	slot->broken |= err < 0 && err != PPTP_ERR_CLOSED;
	if (slot->over && !w->faulted)
		FUZZ_CHECK(!is_readable(fd));
}

static void dispatch_hub(struct world *w)
{
	int err, fd;

	if (!w->hub)
		return;
	LIBRARY(fd = pptp_hub_get_fd(w->hub));
	LIBRARY(err = pptp_hub_dispatch(w->hub));
	FUZZ_CHECK(fd >= 0 && (err == 0 || (is_system_error(err) && w->faulted)));
}

static void make_session(struct world *w, struct slot *slot)
{
	struct pptp_session *session;
	void *user;
	int err;

	if (slot->session)
		return;
	LIBRARY(err = pptp_session_new(&session, w->cfg));
	FUZZ_CHECK(err == 0 || err == PPTP_ERR_VALUE || is_system_error(err) ||
		   (err == PPTP_ERR_UNSUPPORTED && w->faulted));
	if (err)
		return;
	*slot = (struct slot){ .session = session, .ppp = { -1, -1 }, .wake = -1 };
	slot->in_hub = w->cfg_has_hub;
	if (!slot->in_hub && w->handed >= 0)
		api_forget_handed(w, true);
	LIBRARY(user = pptp_session_get_user(session));
	FUZZ_CHECK(!user || user == w);
}

static void free_session(struct slot *slot)
{
	LIBRARY(FUZZ_CHECK(!pptp_session_free(slot->session)));
	api_close_ppp(slot);
	api_close(&slot->wake);
	*slot = (struct slot){ 0 };
}

/* The thread that looks a name up is given its time, so that the next step finds the answer. */
static void wait_for_threads(void)
{
	while (faults_threads())
		sched_yield();
}

static void start(struct world *w, struct slot *slot)
{
	int err;

	LIBRARY(err = pptp_session_start(slot->session));
	FUZZ_CHECK((err == PPTP_ERR_STATE) == (slot->phase != PPTP_PHASE_NEW));
	FUZZ_CHECK(err == 0 || err == PPTP_ERR_STATE || (is_system_error(err) && w->faulted));
	slot->broken |= is_system_error(err);
	wait_for_threads();
}

static void stop(struct world *w, struct slot *slot)
{
	int err;

	LIBRARY(err = pptp_session_stop(slot->session));
	FUZZ_CHECK(err == 0 || (is_system_error(err) && w->faulted));
	slot->broken |= err != 0;
	if (!slot->stop_by)
		slot->stop_by = api_clock() + END_TURN * END_TURNS;
}

static void send_frame(struct slot *slot, struct fuzz_input *in)
{
	static const size_t lens[] = { 0, 1, 40, 1400, PPTP_FRAME_MAX, PPTP_FRAME_MAX + 1 };
	uint8_t frame[FRAME_MAX] = { 0xff, 0x03, 0xc0, 0x21 };
	unsigned int v = fuzz_u8(in);
	size_t len = FUZZ_PICK(lens, v & 15);
	int err;

	for (unsigned int i = 0; i <= v >> 4; i++) {
		LIBRARY(err = pptp_session_send_frame(slot->session, frame, len));
		FUZZ_CHECK(err == 0 || err == PPTP_ERR_STATE || is_system_error(err) ||
			   (err == PPTP_ERR_VALUE && len == 0) ||
			   (err == PPTP_ERR_OVERSIZE && len > PPTP_FRAME_MAX));
		/* Until it is cleared, a call that ends is up. */
		FUZZ_CHECK(err == PPTP_ERR_STATE || slot->phase == PPTP_PHASE_UP ||
			   slot->phase == PPTP_PHASE_ENDING);
	}
}

static void ask(struct slot *slot, struct fuzz_input *in)
{
	struct pptp_stats stats;
	struct pptp_stats_line line;
	size_t size = fuzz_u8(in);
	int err;

	if (size > sizeof(stats))
		size = sizeof(stats);
	LIBRARY(err = pptp_session_get_stats(slot->session, &stats, size));
	FUZZ_CHECK(err == (size ? 0 : PPTP_ERR_VALUE));
	for (unsigned int i = 0; size && pptp_stats_line(&stats, size, i, &line); i++)
		api_check_text(line.name);
	LIBRARY((void)pptp_session_has_host_route(slot->session));
	LIBRARY(pptp_session_check_address(slot->session));
}

static void wake_on(struct world *w, struct slot *slot, struct fuzz_input *in)
{
	unsigned int what = fuzz_u8(in);
	int fds[2] = { -1, -1 }, err;

	if (what % 4 == 1)
		FUZZ_CHECK(pipe2(fds, O_CLOEXEC) == 0);
	if (what % 4 == 2)
		fds[0] = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	if (what % 4 == 3)
		fds[0] = 1000;
	LIBRARY(err = pptp_session_wake_on(slot->session, fds[0]));
	FUZZ_CHECK(err == 0 || (err == PPTP_ERR_STATE && slot->wake >= 0) ||
		   (err == -EPERM && what % 4 == 2) || (err == -EBADF && what % 4 == 3) ||
		   (is_system_error(err) && w->faulted));
	api_close(&fds[1]); /* so that the other is readable */
	if (fds[0] < 0) {
		api_close(&slot->wake);
	} else if (err == 0) { /* the end removes the one before */
		api_close(&slot->wake);
		slot->wake = fds[0];
	} else if (what % 4 != 3) {
		close(fds[0]);
	}
}

/* -- hub, host route, system ---------------------------------------------------------------- */

static bool hub_is_used(const struct world *w)
{
	for (int i = 0; i < API_SESSIONS; i++)
		if (w->slots[i].session && w->slots[i].in_hub)
			return true;
	return false;
}

static void serve_hub(struct world *w, struct fuzz_input *in)
{
	unsigned int what = fuzz_u8(in) % 4;
	struct pptp_hub *hub;
	int err;

	if (what == 0 && !w->hub) {
		LIBRARY(err = pptp_hub_new(&hub));
		FUZZ_CHECK(err == 0 || (is_system_error(err) && w->faulted));
		if (err)
			return;
		w->hub = hub;
		w->cfg_has_hub = true;
		FUZZ_CHECK(pptp_config_set_hub(w->cfg, hub) == 0);
	} else if (what == 1 && !hub_is_used(w)) {
		FUZZ_CHECK(pptp_config_set_hub(w->cfg, NULL) == 0);
		w->cfg_has_hub = false;
		LIBRARY(w->hub = pptp_hub_free(w->hub));
	} else {
		dispatch_hub(w);
	}
}

static void take_route_log(void *user, bool warning, const char *text)
{
	(void)user;
	(void)warning;
	api_check_text(text);
}

static bool is_route_result(int err)
{
	return err == 0 || err == PPTP_ERR_NO_ROUTE || err == PPTP_ERR_VALUE ||
	       is_system_error(err);
}

static void ask_route(const struct pptp_route *route)
{
	struct pptp_route_info info;
	enum pptp_route_state state;
	int err, fd;

	LIBRARY(state = pptp_route_get_state(route));
	FUZZ_CHECK(state >= PPTP_ROUTE_PINNED && state <= PPTP_ROUTE_LOST);
	LIBRARY(err = pptp_route_get_info(route, &info, sizeof(info)));
	FUZZ_CHECK(err == 0 || (err == PPTP_ERR_STATE && state != PPTP_ROUTE_PINNED));
	LIBRARY(fd = pptp_route_get_fd(route));
	FUZZ_CHECK(fd >= 0);
	LIBRARY(err = pptp_route_dispatch((struct pptp_route *)route));
	FUZZ_CHECK(err == 0 || is_system_error(err));
}

static void serve_route(struct world *w, struct fuzz_input *in)
{
	unsigned int what = fuzz_u8(in);
	struct pptp_route_query query = { .mark = what >> 4 };
	struct pptp_route_info info;
	int err;

	query.dst.s_addr = what & 8 ? inet_addr(API_SERVER) : inet_addr(API_FAR);
	query.reserved[0] = what == 0xff;
	switch (what & 3) {
	case 0:
		LIBRARY(err = pptp_route_lookup(&query, &info, sizeof(info)));
		FUZZ_CHECK(is_route_result(err));
		break;
	case 1:
		if (w->route)
			return;
		LIBRARY(err = pptp_route_pin(&w->route, &query, take_route_log, NULL));
		FUZZ_CHECK(is_route_result(err) && (err == 0) == (w->route != NULL));
		break;
	case 2:
		if (w->route)
			ask_route(w->route);
		break;
	default:
		LIBRARY(w->route = pptp_route_unpin(w->route));
		FUZZ_CHECK(!w->route);
		break;
	}
}

/* Another uplink, or a way into the tunnel; what is there already stays. */
static void change_routes(struct fuzz_input *in)
{
	unsigned int what = fuzz_u8(in);

	if (what & 2)
		uplink_tunnel_route(what & 1);
	else
		uplink_default_route(what & 1, what & 4 ? UPLINK_OTHER : UPLINK_GATEWAY);
}

static void advance_clock(struct fuzz_input *in)
{
	static const uint64_t units[] = { 1000, PPTP_NS_PER_MS, 100 * PPTP_NS_PER_MS,
					  10 * PPTP_NS_PER_SEC };
	unsigned int what = fuzz_u8(in);

	if (what == 0xff)
		api_clock_set_day(((int64_t)fuzz_u8(in) - 128) * (int64_t)PPTP_NS_PER_SEC);
	else
		api_clock_advance((what >> 2) * units[what & 3]);
}

static void plan_fault(struct world *w, struct fuzz_input *in)
{
	static const int errors[] = { EINTR, EAGAIN, ENOMEM, EPERM,      ENOBUFS, EMFILE,
				      EIO,   EINVAL, EPIPE,  ECONNRESET, ENOSYS };
	struct fault fault = { .call = fuzz_u8(in) % CALL_COUNT_OF_SESSIONS };
	unsigned int how = fuzz_u8(in);

	fault.kind = how & 3;
	fault.error = FUZZ_PICK(errors, how >> 2);
	fault.first = 1 + fuzz_u8(in) % 16;
	fault.times = 1 + fuzz_u8(in) % 8;
	/* What these say is no errno, and an eventfd takes its value always but for EINTR. */
	if (fault.call == CALL_GETADDRINFO || fault.call == CALL_WRITE_EVENTFD)
		return;
	faults_plan(&fault);
	w->faulted = true;
}

/* -- a run ---------------------------------------------------------------------------------- */

static void call_session(struct world *w, struct slot *slot, unsigned int what,
			 struct fuzz_input *in)
{
	switch (what) {
	case 0:
		dispatch(w, slot, false);
		break;
	case 1:
		dispatch(w, slot, true);
		break;
	case 2:
		start(w, slot);
		break;
	case 3:
		stop(w, slot);
		break;
	case 4:
		free_session(slot);
		break;
	case 5:
		pop_events(slot);
		break;
	case 6:
		pop_frames(slot);
		break;
	case 7:
		send_frame(slot, in);
		break;
	case 8:
		ask(slot, in);
		break;
	case 9:
		wake_on(w, slot, in);
		break;
	case 10:
		api_attach(slot, in);
		break;
	default:
		api_serve_ppp(slot, in);
		break;
	}
}

/* All that runs on its own elsewhere: the peer answers, everybody is dispatched and drained. */
static void turn(struct world *w)
{
	api_peer_serve();
	dispatch_hub(w);
	for (int i = 0; i < API_SESSIONS; i++) {
		struct slot *slot = &w->slots[i];

		if (!slot->session || slot->broken)
			continue;
		dispatch(w, slot, false);
		pop_events(slot);
		pop_frames(slot);
	}
}

static void step(struct world *w, struct fuzz_input *in)
{
	unsigned int octet = fuzz_u8(in), what = octet & 31;
	struct slot *slot = &w->slots[(octet >> 5) % API_SESSIONS];

	if (what <= 11) {
		if (slot->session && (!slot->broken || what == 4))
			call_session(w, slot, what, in);
	} else if (what == 12) {
		make_session(w, slot);
	} else if (what <= 14) {
		api_set(w, in);
	} else if (what == 15) {
		api_configure(w);
	} else if (what == 16) {
		serve_hub(w, in);
	} else if (what == 17) {
		serve_route(w, in);
	} else if (what == 18) {
		change_routes(in);
	} else if (what <= 20) {
		advance_clock(in);
	} else if (what <= 22) {
		plan_fault(w, in);
	} else if (what <= 26) {
		turn(w);
	} else {
		api_peer_step(in);
	}
	for (int i = 0; i < API_SESSIONS; i++)
		if (w->slots[i].session && !w->slots[i].broken)
			check_slot(&w->slots[i]);
}

/* In time, whatever happened before; or at once, as a program may. */
static void end_session(struct world *w, struct slot *slot, bool at_once)
{
	if (!at_once && !slot->broken)
		stop(w, slot);
	for (int i = 0; !at_once && !slot->broken && !slot->over; i++) {
		FUZZ_CHECK(i <= END_TURNS);
		dispatch_hub(w);
		dispatch(w, slot, false);
		api_clock_advance(END_TURN);
	}
	if (slot->over) {
		pop_events(slot);
		FUZZ_CHECK(slot->closed == 1);
	}
	free_session(slot);
}

/* A host route that was the only way stays; the next takes it over. */
static void remove_routes(struct world *w)
{
	const struct pptp_route_query query = { .dst.s_addr = inet_addr(API_FAR) };

	uplink_tunnel_route(false);
	uplink_default_route(false, UPLINK_OTHER);
	uplink_default_route(true, UPLINK_GATEWAY);
	if (w->route)
		ask_route(w->route);
	LIBRARY(w->route = pptp_route_unpin(w->route));
	if (uplink_host_routes(API_FAR)) {
		FUZZ_CHECK(pptp_route_pin(&w->route, &query, NULL, NULL) == 0);
		w->route = pptp_route_unpin(w->route);
	}
	FUZZ_CHECK(uplink_host_routes(API_FAR) == 0);
}

static void end(struct world *w, bool at_once)
{
	faults_plan(NULL);
	for (int i = 0; i < API_SESSIONS; i++)
		if (w->slots[i].session)
			end_session(w, &w->slots[i], at_once);
	remove_routes(w);
	api_forget_handed(w, false);
	LIBRARY(w->cfg = pptp_config_free(w->cfg));
	LIBRARY(w->hub = pptp_hub_free(w->hub));
	wait_for_threads();
	api_peer_end();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct world w = { .handed = -1 };
	int before = count_descriptors();

	faults_plan(NULL);
	api_system_begin();
	api_peer_begin();
	api_check_text(pptp_version());
	api_configure(&w);
	for (int i = 0; i < STEPS_MAX && in.left; i++)
		step(&w, &in);
	end(&w, size && data[size - 1] & 1);
	FUZZ_CHECK(faults_live() == 0);
	FUZZ_CHECK(count_descriptors() == before);
	FUZZ_CHECK(w.routes_by_caller == 0);
	return 0;
}
