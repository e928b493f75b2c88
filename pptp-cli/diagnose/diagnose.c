/* SPDX-License-Identifier: MIT */
/*
 * Walks the way to a server: a session with the frames API places the call, a packet tap sees what arrives
 * before the firewall, a little LCP asks whether PPP answers and how large a frame passes. What that means
 * is decided in verdict.c and printed by report.c. Called by main.c.
 */
#include "diagnose.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pptp/session.h>

#include "configure.h"
#include "findings.h"
#include "lcp_probe.h"
#include "log.h"
#include "monotonic.h"
#include "packet_tap.h"
#include "pppd_check.h"
#include "privilege.h"
#include "report.h"

/* Until the call is up, unless --connect-timeout allows more; PPP; its first answer; a clean end. */
#define DIAL_MAX    (8 * PPTP_NS_PER_SEC)
#define DIAL_LONGER (60 * PPTP_NS_PER_SEC)
#define PPP_MAX     (5 * PPTP_NS_PER_SEC)
#define ANSWER_MAX  (3500 * PPTP_NS_PER_MS)
#define END_MAX     (3 * PPTP_NS_PER_SEC)
/* And the round trip besides. */
#define REPEAT     (250 * PPTP_NS_PER_MS)
#define ECHO_TRIES 4
#define CONNECT_MS 4000
#define REPLY_MS   5000
/* What any path carries. */
#define SIZE_ALWAYS 68

static const unsigned int sizes[] = { 576, 1000, 1200, 1300, 1400 };
#define SIZE_COUNT (sizeof(sizes) / sizeof(sizes[0]))

enum stage {
	DIALLING, /* until the call is up */
	ASKING,   /* Configure-Requests, until PPP answers */
	ECHOING,  /* Echo-Requests of growing size */
	ENDING,   /* until the session is over */
};

struct diagnosis {
	const struct options *options;
	struct pptp_session *session;
	struct packet_tap tap;
	struct lcp_probe lcp;
	struct findings found;
	struct report report;
	struct pptp_event_connecting attempt; /* the latest; count 0: none */
	struct pptp_event_call call;
	struct pptp_event_down down;
	enum stage stage;
	enum pptp_phase phase; /* the last before the end */
	uint64_t began;        /* the present step */
	uint64_t ends_by;      /* the stage: dialling, PPP, the end */
	uint64_t repeat;       /* between two requests of the same kind */
	uint64_t send_at;      /* the next request */
	uint64_t asked_at;     /* the first Configure-Request */
	uint64_t heard_at;     /* the first frame; 0: none */
	uint64_t answered_at;
	unsigned int size; /* of the Echo-Requests now sent */
	unsigned int size_index;
	unsigned int tries; /* of this size */
	bool unfinished;    /* there was no time for all sizes */
	bool out_of_time;   /* the call had not come up */
	bool concluded;     /* a verdict was printed */
};

/* The time that the present step took; the next begins now. */
static uint64_t lap(struct diagnosis *d)
{
	uint64_t began = d->began;

	d->began = monotonic_ns();
	return d->began - began;
}

/* -- the way there ---------------------------------------------------------------------------- */

static void note_interface(struct findings *found, const struct ifaddrs *entry)
{
	const struct sockaddr_in *mask =
		(const struct sockaddr_in *)(const void *)entry->ifa_netmask;

	snprintf(found->interface, sizeof(found->interface), "%s", entry->ifa_name);
	found->point_to_point = entry->ifa_flags & IFF_POINTOPOINT;
	found->same_network =
		mask && ((found->local.s_addr ^ found->server.s_addr) & mask->sin_addr.s_addr) == 0;
}

/* The address that packets to the server have; nothing is sent. */
static struct in_addr local_address(const struct diagnosis *d)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PPTP_PORT) };
	struct sockaddr_in from = { .sin_family = AF_INET };
	socklen_t len = sizeof(from);
	int fd;

	/* Checked when the option was read. */
	if (d->options->local_address) {
		(void)inet_pton(AF_INET, d->options->local_address, &from.sin_addr);
		return from.sin_addr;
	}
	to.sin_addr = d->found.server;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0 ||
			getsockname(fd, (struct sockaddr *)&from, &len) < 0))
		from.sin_addr.s_addr = 0;
	if (fd >= 0)
		close(fd);
	return from.sin_addr;
}

static void look_up_way(struct diagnosis *d)
{
	struct findings *found = &d->found;
	struct ifaddrs *entries = NULL;

	found->local = local_address(d);
	found->interface[0] = '\0';
	/* A mark may lead elsewhere, and setting one needs a privilege that is given up by now. */
	if (!found->local.s_addr || d->options->has_mark || getifaddrs(&entries) < 0)
		return;
	for (const struct ifaddrs *entry = entries; entry; entry = entry->ifa_next) {
		const struct sockaddr_in *own =
			(const struct sockaddr_in *)(const void *)entry->ifa_addr;

		if (own && own->sin_family == AF_INET &&
		    own->sin_addr.s_addr == found->local.s_addr) {
			note_interface(found, entry);
			break;
		}
	}
	freeifaddrs(entries);
}

static const char *address_text(struct in_addr address, char text[INET_ADDRSTRLEN])
{
	return inet_ntop(AF_INET, &address, text, INET_ADDRSTRLEN);
}

static void report_tcp(struct diagnosis *d, bool passed, const char *what)
{
	char address[INET_ADDRSTRLEN];

	report_step(&d->report, "TCP", passed, lap(d), "%s port %u: %s",
		    address_text(d->attempt.address, address), PPTP_PORT, what);
}

static void connecting(struct diagnosis *d, const struct pptp_event_connecting *attempt)
{
	char address[INET_ADDRSTRLEN];

	address_text(attempt->address, address);
	if (d->attempt.count)
		report_tcp(d, false, "no connection");
	else if (strcmp(d->options->server, address) == 0)
		report_step(&d->report, "name", true, lap(d), "%s is an address", address);
	else
		report_step(&d->report, "name", true, lap(d), "%s is %s%s", d->options->server,
			    address, attempt->count > 1 ? ", the first of its addresses" : "");
	d->attempt = *attempt;
	d->found.server = attempt->address;
	look_up_way(d);
	if (d->found.interface[0])
		report_step(&d->report, "route", true, lap(d), "via %s from %s%s",
			    d->found.interface, address_text(d->found.local, address),
			    d->found.point_to_point ? ", a point-to-point link" : "");
}

static void control_up(struct diagnosis *d, const struct pptp_event_control *control)
{
	report_step(&d->report, "control", true, lap(d),
		    "PPTP %u.%u, host \"%s\", vendor \"%s\", firmware %u", control->version >> 8,
		    control->version & 0xff, control->host_name, control->vendor_name,
		    control->firmware);
}

static void call_up(struct diagnosis *d, const struct pptp_event_call *call)
{
	d->call = *call;
	d->found.was_up = true;
	d->found.local = call->local;
	report_step(&d->report, "call", true, lap(d),
		    "Call ID %u, the server's %u; it takes %u packets ahead", call->call_id,
		    call->peer_call_id, call->peer_window);
	d->stage = ASKING;
	d->asked_at = d->send_at = monotonic_ns();
	d->ends_by = d->asked_at + PPP_MAX;
}

static void take_event(struct diagnosis *d, const struct pptp_event *event)
{
	if (event->type != PPTP_EVENT_CLOSED && event->phase < PPTP_PHASE_ENDING)
		d->phase = event->phase;
	switch (event->type) {
	case PPTP_EVENT_CONNECTING:
		connecting(d, &event->u.connecting);
		break;
	case PPTP_EVENT_CONNECTED:
		report_tcp(d, true, "open");
		if (d->options->sandbox)
			privilege_confine(-1, -1);
		break;
	case PPTP_EVENT_CONTROL_UP:
		control_up(d, &event->u.control);
		break;
	case PPTP_EVENT_CALL_UP:
		call_up(d, &event->u.call);
		break;
	case PPTP_EVENT_CALL_FAILED:
	case PPTP_EVENT_CALL_DOWN:
	case PPTP_EVENT_CLOSED:
		d->found.acked = d->found.acked || event->u.down.gre_acked;
		if (d->down.reason == PPTP_REASON_NONE)
			d->down = event->u.down;
		d->stage = ENDING;
		d->ends_by = monotonic_ns() + END_MAX;
		break;
	default:
		break;
	}
}

/* -- PPP -------------------------------------------------------------------------------------- */

static void send_frame(struct diagnosis *d, const uint8_t *frame, size_t len)
{
	if (pptp_session_send_frame(d->session, frame, len) == -EPERM)
		d->found.refused++;
}

/* From here on the tap has nothing to tell. */
static void heard(struct diagnosis *d)
{
	d->heard_at = monotonic_ns();
	if (d->tap.fd >= 0)
		(void)pptp_session_wake_on(d->session, -1);
	packet_tap_close(&d->tap);
}

static void take_frames(struct diagnosis *d)
{
	uint8_t reply[LCP_PROBE_FRAME_MAX];
	struct pptp_frame frame;

	while (pptp_session_pop_frame(d->session, &frame)) {
		size_t len = lcp_probe_take(&d->lcp, frame.data, frame.len, reply);

		if (!d->heard_at)
			heard(d);
		if (d->lcp.answered && !d->answered_at) {
			d->answered_at = monotonic_ns();
			d->repeat = REPEAT + d->answered_at - d->asked_at;
		}
		if (len)
			send_frame(d, reply, len);
	}
}

static void finish(struct diagnosis *d)
{
	uint8_t frame[LCP_PROBE_FRAME_MAX];

	d->stage = ENDING;
	if (d->found.was_up)
		send_frame(d, frame, lcp_probe_terminate(&d->lcp, frame));
	d->began = monotonic_ns();
	d->ends_by = d->began + END_MAX;
	pptp_session_stop(d->session);
}

static void ask(struct diagnosis *d, uint64_t now)
{
	uint8_t frame[LCP_PROBE_FRAME_MAX];

	if (lcp_probe_is_open(&d->lcp)) {
		d->stage = ECHOING;
		d->size = SIZE_ALWAYS;
		d->began = d->send_at = now;
		return;
	}
	/* It may accept nothing of ours, or ask for nothing itself. */
	if (now - d->asked_at > ANSWER_MAX) {
		finish(d);
		return;
	}
	if (now >= d->send_at) {
		send_frame(d, frame, lcp_probe_configure(&d->lcp, frame));
		d->send_at = now + d->repeat;
	}
}

/* The largest that should pass: of the path, and of what the peer receives. */
static unsigned int expected_size(const struct diagnosis *d)
{
	return d->lcp.mru < d->call.mtu ? d->lcp.mru : d->call.mtu;
}

static unsigned int next_size(struct diagnosis *d)
{
	while (d->size_index < SIZE_COUNT && sizes[d->size_index] < expected_size(d))
		return sizes[d->size_index++];
	return expected_size(d);
}

static void echo(struct diagnosis *d, uint64_t now)
{
	uint8_t frame[LCP_PROBE_FRAME_MAX];

	if (d->lcp.echoed && d->lcp.echoed_size == d->size) {
		d->found.largest = d->size;
		if (d->size >= expected_size(d)) {
			finish(d);
			return;
		}
		d->size = next_size(d);
		d->tries = 0;
		d->send_at = now;
	}
	if (now < d->send_at)
		return;
	if (d->tries++ == ECHO_TRIES) {
		finish(d);
		return;
	}
	send_frame(d, frame, lcp_probe_echo(&d->lcp, d->size, frame));
	d->send_at = now + d->repeat;
}

static void act(struct diagnosis *d)
{
	uint64_t now = monotonic_ns();

	if (d->stage != ENDING && now >= d->ends_by) {
		d->out_of_time = !d->found.was_up;
		d->unfinished = d->stage == ECHOING;
		finish(d);
	}
	if (d->stage == ASKING)
		ask(d, now);
	if (d->stage == ECHOING)
		echo(d, now);
}

/* -- the loop and the end --------------------------------------------------------------------- */

static int wait_ms(const struct diagnosis *d)
{
	uint64_t now = monotonic_ns(), due = d->ends_by;

	if ((d->stage == ASKING || d->stage == ECHOING) && d->send_at < due)
		due = d->send_at;
	return due > now ? (int)((due - now) / PPTP_NS_PER_MS) + 1 : 0;
}

static void take_events(struct diagnosis *d)
{
	const struct pptp_event *event;

	while ((event = pptp_session_pop_event(d->session)))
		take_event(d, event);
}

/* PPTP_ERR_CLOSED at the end, or another error. */
static int walk(struct diagnosis *d)
{
	int result;

	/* Those of the start, at their time. */
	take_events(d);
	do {
		result = pptp_session_wait(d->session, wait_ms(d));
		take_events(d);
		packet_tap_read(&d->tap, d->found.server, d->call.call_id);
		take_frames(d);
		if (result >= 0)
			act(d);
		/* It stops in time by itself, unless its timer is refused. */
		if (d->stage == ENDING && monotonic_ns() > d->ends_by)
			return PPTP_ERR_CLOSED;
	} while (result >= 0);
	return result;
}

/* What did not end in time, as a reason. */
static enum pptp_reason reason_of_phase(enum pptp_phase phase)
{
	switch (phase) {
	case PPTP_PHASE_CONNECTING:
		return PPTP_REASON_CONNECT_TIMEOUT;
	case PPTP_PHASE_STARTING:
		return PPTP_REASON_START_TIMEOUT;
	case PPTP_PHASE_CALLING:
		return PPTP_REASON_CALL_TIMEOUT;
	default:
		return PPTP_REASON_NAME_NOT_FOUND;
	}
}

static void conclude(struct diagnosis *d)
{
	struct findings *found = &d->found;
	struct pptp_stats stats = { 0 };

	(void)pptp_session_get_stats(d->session, &stats, sizeof(stats));
	found->sent = (unsigned int)stats.tx_sent;
	found->reason = d->out_of_time ? reason_of_phase(d->phase) : d->down.reason;
	found->reason_text = d->down.text;
	found->reached = d->tap.packets;
	found->heard = d->heard_at || d->down.gre_heard;
	found->acked = found->acked || d->tap.acked;
	found->answered = d->lcp.answered;
	found->expected = d->call.mtu && !d->unfinished ? expected_size(d) : 0;
}

static uint64_t since_asked(const struct diagnosis *d, uint64_t when)
{
	return when > d->asked_at ? when - d->asked_at : 0;
}

static void report_gre(struct diagnosis *d)
{
	const struct findings *found = &d->found;
	bool gone = found->acked || found->answered;

	report_step(&d->report, "GRE out", gone, since_asked(d, d->answered_at),
		    "%u packets sent%s%s", found->sent,
		    found->refused ? ", others not permitted here" : "",
		    found->answered ? ", answered"
		    : found->acked  ? ", acknowledged"
				    : ", not one acknowledged");
	report_step(&d->report, "GRE in", found->heard, since_asked(d, d->heard_at),
		    found->heard  ? "the first came through"
		    : found->taps ? "%u packets arrived, none got through"
				  : "none, and those before the firewall could not be seen",
		    found->reached);
	report_step(&d->report, "PPP", found->answered, since_asked(d, d->answered_at), "%s",
		    found->answered ? "LCP answers" : "LCP does not answer");
	if (found->largest)
		report_step(&d->report, "size", found->largest >= found->expected, 0,
			    "frames of up to %u octets come back%s", found->largest,
			    d->unfinished                      ? ", larger ones were not tried"
			    : found->largest < found->expected ? ", larger ones do not"
							       : "");
}

/* Why it did not get further, in the words of the step that failed. */
static void report_failed_step(struct diagnosis *d)
{
	static const char *const names[] = {
		[PPTP_PHASE_NEW] = "name",       [PPTP_PHASE_RESOLVING] = "name",
		[PPTP_PHASE_CONNECTING] = "TCP", [PPTP_PHASE_STARTING] = "control",
		[PPTP_PHASE_CALLING] = "call",   [PPTP_PHASE_UP] = "call",
	};

	report_step(&d->report, names[d->phase], false, lap(d), "%s",
		    d->out_of_time ? "no answer in time" : d->down.text);
}

static int report_end(struct diagnosis *d)
{
	struct verdict verdict;
	enum exit_status status;

	conclude(d);
	if (!d->found.was_up)
		report_failed_step(d);
	else
		report_gre(d);
	if (d->found.was_up && d->down.reason == PPTP_REASON_STOPPED)
		report_step(&d->report, "end", true, lap(d), "call cleared, connection stopped");
	else if (d->found.was_up)
		report_step(&d->report, "end", false, lap(d), "%s", d->down.text);
	d->concluded = true;
	verdict = verdict_of(&d->found);
	status = cause_exit_status(verdict.first, &d->found);
	report_verdict(&d->report, d->options->server, &verdict, &d->found, status);
	return (int)status;
}

static enum exit_status open_session(struct diagnosis *d)
{
	struct pptp_config *config = d->options->config;
	int err = pptp_config_set_host_route(config, false);

	if (!err && !d->options->has_timeout) {
		err = pptp_config_set_connect_timeout_ms(config, CONNECT_MS);
		if (!err)
			err = pptp_config_set_start_timeout_ms(config, REPLY_MS);
		if (!err)
			err = pptp_config_set_call_timeout_ms(config, REPLY_MS);
	}
	if (err)
		return EXIT_STATUS_SYSTEM;
	return configure_session(d->options, &d->session);
}

static int run_diagnosis(struct diagnosis *d)
{
	enum exit_status status = open_session(d);
	int err;

	if (status != EXIT_STATUS_OK)
		return status;
	/* Without it the firewall here and one on the way look alike. */
	err = packet_tap_open(&d->tap);
	if (err < 0)
		log_line(PPTP_LOG_WARNING, "packets before the firewall are not seen (socket): %s",
			 pptp_strerror(err));
	else
		(void)pptp_session_wake_on(d->session, d->tap.fd);
	d->found.taps = err == 0;
	if (d->options->sandbox)
		privilege_drop();
	d->began = monotonic_ns();
	d->ends_by = d->began + (d->options->has_timeout ? DIAL_LONGER : DIAL_MAX);
	if (configure_start(d->session) != EXIT_STATUS_OK)
		return EXIT_STATUS_SYSTEM;
	err = walk(d);
	if (err == PPTP_ERR_CLOSED)
		return report_end(d);
	log_line(PPTP_LOG_ERROR, "cannot wait for the network (epoll_wait): %s%s",
		 pptp_strerror(err), privilege_hint(err));
	return EXIT_STATUS_SYSTEM;
}

int diagnose(const struct options *options)
{
	struct diagnosis d = {
		.options = options,
		.tap = PACKET_TAP_NONE,
		.lcp = LCP_PROBE_NEW,
		.repeat = REPEAT,
		.report = { .as_json = options->output == OUTPUT_JSON },
	};
	int status;

	log_open(options->log_string,
		 log_level_of_option(options->log_level >= 2 ? options->log_level : 0), true);
	d.began = monotonic_ns();
	d.found.has_ppp = pppd_check();
	report_step(&d.report, "PPP here", d.found.has_ppp, lap(&d), "%s",
		    d.found.has_ppp ? "pppd and the kernel's PPP are there"
				    : "pppd or the kernel's PPP is missing");
	status = run_diagnosis(&d);
	/* What the system refused is on standard error. */
	if (!d.concluded && options->output == OUTPUT_JSON)
		report_verdict(&d.report, options->server,
			       &(struct verdict){ CAUSE_SYSTEM, CAUSE_NONE }, &d.found,
			       (enum exit_status)status);
	packet_tap_close(&d.tap);
	pptp_session_free(d.session);
	log_close();
	return status;
}
