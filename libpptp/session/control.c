/* SPDX-License-Identifier: MIT */
/*
 * Carries octets between TCP and core/ctrl, which decides about the protocol, and logs the messages.
 * Works on struct control alone; the session takes the events with pptp_control_pop() and acts on
 * them. The TCP connection comes open from the dialer (dialer.c). RFC 2637, 3.
 */
#include "session/control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deadline.h"
#include "session/log.h"
#include "session/random.h"

/* The replies to this much input fit the core's output: 20 octets for an Echo-Request of 16. */
#define READ_SIZE 2048
/* Reads at the end, so that unread input does not make the kernel reset the connection. */
#define LAST_READS         16
#define MESSAGE_TEXT       512
#define WAN_ERROR_INTERVAL (60 * PPTP_NS_PER_SEC)

/* -- the log ---------------------------------------------------------------------------------- */

static void log_message(const struct pptp_config *cfg, const char *verb, const struct pptp_msg *msg)
{
	char text[MESSAGE_TEXT];

	pptp_msg_print(msg, text, sizeof(text));
	pptp_session_log(cfg, PPTP_LOG_DEBUG, "%s %s", verb, text);
}

void pptp_control_log_sent(struct control *control)
{
	for (unsigned int i = 0; i < control->unlogged_count; i++)
		log_message(control->cfg, "sent", &control->unlogged[i]);
	control->unlogged_count = 0;
}

static void trace(void *user, enum pptp_trace what, const struct pptp_msg *msg, const char *note)
{
	struct control *control = user;
	const struct pptp_config *cfg = control->cfg;

	if (!cfg->log || (what != PPTP_TRACE_NOTE && cfg->log_level < PPTP_LOG_DEBUG))
		return;
	/* The lines keep the order of the messages, also when no events are taken. */
	if (what != PPTP_TRACE_SENT || control->unlogged_count == CONTROL_UNLOGGED_MAX)
		pptp_control_log_sent(control);
	switch (what) {
	case PPTP_TRACE_SENT:
		control->unlogged[control->unlogged_count++] = *msg;
		break;
	case PPTP_TRACE_RECEIVED:
		log_message(cfg, "received", msg);
		break;
	case PPTP_TRACE_NOTE:
		pptp_session_log(cfg, PPTP_LOG_INFO, "control connection: %s", note);
		break;
	}
}

/* RFC 2637, 2.14: such a message is sent at most once a minute; further ones are not logged. */
static void log_wan_error(struct control *control, const struct pptp_msg_wan_error *error,
			  uint64_t now)
{
	if (now < control->next_wan_error)
		return;
	control->next_wan_error = deadline_after(now, WAN_ERROR_INTERVAL);
	pptp_session_log(control->cfg, PPTP_LOG_NOTICE,
			 "the server reports line errors: CRC %u, framing %u, hardware overruns "
			 "%u, buffer overruns %u, time-outs %u, alignment %u",
			 error->crc_errors, error->framing_errors, error->hardware_overruns,
			 error->buffer_overruns, error->timeout_errors, error->alignment_errors);
}

/* -- beginning and end ------------------------------------------------------------------------ */

int pptp_control_init(struct control *control, const struct pptp_config *cfg, struct loop *loop,
		      int id, uint16_t call_id)
{
	struct pptp_ctrl_config ctrl;
	int err;

	*control = (struct control){ .cfg = cfg, .fd = -1 };
	pptp_watch_init(&control->watch, loop, id);
	pptp_ctrl_config_init(&ctrl, sizeof(ctrl));
	ctrl.call_id = call_id;
	err = pptp_random_u16(&ctrl.call_serial);
	if (err)
		return err;
	ctrl.recv_window = cfg->recv_window;
	ctrl.quirk = cfg->quirk;
	memcpy(ctrl.host_name, cfg->host_name, sizeof(ctrl.host_name));
	memcpy(ctrl.phone, cfg->phone, sizeof(ctrl.phone));
	ctrl.timeouts.start = cfg->start_timeout;
	ctrl.timeouts.call = cfg->call_timeout;
	ctrl.timeouts.echo_idle = cfg->echo_idle;
	ctrl.timeouts.echo_reply = cfg->echo_reply;
	return pptp_ctrl_new(&control->ctrl, &ctrl, trace, control);
}

void pptp_control_free(struct control *control)
{
	pptp_control_close(control);
	control->ctrl = pptp_ctrl_free(control->ctrl);
}

void pptp_control_set_call_id(struct control *control, uint16_t call_id)
{
	pptp_ctrl_set_call_id(control->ctrl, call_id);
}

void pptp_control_open(struct control *control, int fd, uint64_t now)
{
	control->fd = fd;
	pptp_ctrl_tcp_open(control->ctrl, now);
}

void pptp_control_close(struct control *control)
{
	uint8_t data[READ_SIZE];

	if (control->fd < 0)
		return;
	pptp_watch_remove(&control->watch);
	shutdown(control->fd, SHUT_WR);
	for (int i = 0; i < LAST_READS; i++)
		if (recv(control->fd, data, sizeof(data), MSG_DONTWAIT) <= 0)
			break;
	close(control->fd);
	control->fd = -1;
}

/* -- input and output ------------------------------------------------------------------------- */

static void tcp_lost(struct control *control, int err, uint64_t now)
{
	const uint8_t *data;
	size_t len;

	control->tcp_error = err;
	pptp_watch_remove(&control->watch);
	pptp_ctrl_tcp_closed(control->ctrl, now);
	/* A last message, if any; it is not waited for. */
	data = pptp_ctrl_output(control->ctrl, &len);
	if (data)
		send(control->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Whether anything was there. */
static bool read_some(struct control *control, uint64_t now)
{
	uint8_t data[READ_SIZE];
	ssize_t n = recv(control->fd, data, sizeof(data), MSG_DONTWAIT);

	if (n > 0)
		pptp_ctrl_input(control->ctrl, data, (size_t)n, now);
	else if (n == 0)
		tcp_lost(control, 0, now);
	else if (errno != EAGAIN && errno != EINTR)
		tcp_lost(control, -errno, now);
	return n > 0;
}

void pptp_control_ready(struct control *control, uint32_t events, uint64_t now)
{
	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		read_some(control, now);
}

bool pptp_control_read_before_deadline(struct control *control, uint64_t now)
{
	return pptp_control_deadline(control) <= now && (control->watch.events & EPOLLIN) &&
	       read_some(control, now);
}

void pptp_control_expire(struct control *control, uint64_t now)
{
	if (now >= pptp_control_deadline(control))
		pptp_ctrl_expire(control->ctrl, now);
}

void pptp_control_flush(struct control *control, uint64_t now)
{
	const uint8_t *data;
	size_t len;

	if (!watch_is_active(&control->watch))
		return;
	while ((data = pptp_ctrl_output(control->ctrl, &len))) {
		ssize_t n = send(control->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			/* A peer that does not read our replies is not read either, except for the
			 * end of the connection. */
			pptp_watch_set(&control->watch, EPOLLRDHUP | EPOLLOUT);
			return;
		}
		if (n < 0) {
			tcp_lost(control, -errno, now);
			return;
		}
		pptp_ctrl_output_done(control->ctrl, (size_t)n);
	}
	pptp_watch_set(&control->watch, EPOLLIN);
}

void pptp_control_stop(struct control *control, enum pptp_reason reason, uint64_t now)
{
	pptp_ctrl_stop(control->ctrl, reason, now);
}

bool pptp_control_pop(struct control *control, struct pptp_ctrl_event *event, uint64_t now)
{
	if (!control_is_open(control) || !pptp_ctrl_pop_event(control->ctrl, event, sizeof(*event)))
		return false;
	if (event->type == PPTP_CTRL_WAN_ERROR)
		log_wan_error(control, &event->u.wan_error, now);
	if (event->type == PPTP_CTRL_LINK_INFO)
		pptp_session_log(control->cfg, PPTP_LOG_INFO,
				 "the server asks for ACCM %#010x to send, %#010x to receive",
				 event->u.link_info.send_accm, event->u.link_info.receive_accm);
	return true;
}

uint64_t pptp_control_deadline(const struct control *control)
{
	return control_is_open(control) ? pptp_ctrl_deadline(control->ctrl) : PPTP_TIME_NEVER;
}
