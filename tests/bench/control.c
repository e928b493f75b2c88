/* SPDX-License-Identifier: MIT */
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pptp/proto/msg.h>

#define RECEIVE_WINDOW 64
#define CONNECT_SPEED  1000000000

bool control_open(struct control *control, struct in_addr address)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_addr = address,
				   .sin_port = htons(PPTP_PORT) };
	int one = 1;

	memset(control, 0, sizeof(*control));
	for (unsigned int i = 0; i < CONNECTIONS_MAX; i++)
		control->connections[i].fd = -1;
	control->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->listener < 0)
		return false;
	setsockopt(control->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return bind(control->listener, (struct sockaddr *)&sin, sizeof(sin)) == 0 &&
	       listen(control->listener, CONNECTIONS_MAX) == 0;
}

static void hang_up(struct connection *connection)
{
	if (connection->fd >= 0)
		close(connection->fd);
	connection->fd = -1;
	connection->have = 0;
}

void control_forget(struct control *control)
{
	for (unsigned int i = 0; i < CONNECTIONS_MAX; i++)
		hang_up(&control->connections[i]);
	control->calls = 0;
}

void control_close(struct control *control)
{
	control_forget(control);
	if (control->listener >= 0)
		close(control->listener);
	control->listener = -1;
}

unsigned int control_poll(const struct control *control, struct pollfd *fds)
{
	unsigned int n = 0;

	fds[n++] = (struct pollfd){ .fd = control->listener, .events = POLLIN };
	for (unsigned int i = 0; i < CONNECTIONS_MAX; i++)
		if (control->connections[i].fd >= 0)
			fds[n++] = (struct pollfd){ .fd = control->connections[i].fd,
						    .events = POLLIN };
	return n;
}

static bool answer_start(struct pptp_msg *reply)
{
	reply->type = PPTP_MSG_SCCRP;
	reply->u.start = (struct pptp_msg_start){ .version = PPTP_VERSION_1_0,
						  .result = PPTP_START_OK,
						  .framing_caps = PPTP_FRAMING_ANY,
						  .bearer_caps = PPTP_BEARER_ANY,
						  .max_channels = CALLS_MAX,
						  .host_name = "bench",
						  .vendor_name = "bench" };
	return true;
}

static uint16_t our_call_id(const struct control *control, uint16_t client_call_id)
{
	for (unsigned int i = 0; i < control->calls; i++)
		if (control->client_call_id[i] == client_call_id)
			return (uint16_t)(CALL_ID_FIRST + i);
	return 0;
}

static bool answer_call(struct control *control, const struct pptp_msg *msg, struct pptp_msg *reply)
{
	reply->type = PPTP_MSG_OCRP;
	if (our_call_id(control, msg->u.call_request.call_id)) {
		reply->u.call_reply =
			(struct pptp_msg_call_reply){ .peer_call_id = msg->u.call_request.call_id,
						      .result = PPTP_CALL_BUSY };
		control->refused++;
		return true;
	}
	if (control->calls == CALLS_MAX)
		return false;
	reply->u.call_reply =
		(struct pptp_msg_call_reply){ .call_id = (uint16_t)(CALL_ID_FIRST + control->calls),
					      .peer_call_id = msg->u.call_request.call_id,
					      .result = PPTP_CALL_CONNECTED,
					      .connect_speed = CONNECT_SPEED,
					      .recv_window = RECEIVE_WINDOW };
	control->client_call_id[control->calls++] = msg->u.call_request.call_id;
	return true;
}

/* Whether there is an answer. */
static bool answer(struct control *control, const struct pptp_msg *msg, struct pptp_msg *reply)
{
	memset(reply, 0, sizeof(*reply));
	switch (msg->type) {
	case PPTP_MSG_SCCRQ:
		return answer_start(reply);
	case PPTP_MSG_OCRQ:
		return answer_call(control, msg, reply);
	case PPTP_MSG_ECHORQ:
		reply->type = PPTP_MSG_ECHORP;
		reply->u.echo.identifier = msg->u.echo.identifier;
		reply->u.echo.result = PPTP_RESULT_OK;
		return true;
	case PPTP_MSG_STOPCCRQ:
		reply->type = PPTP_MSG_STOPCCRP;
		reply->u.stop_reply.result = PPTP_RESULT_OK;
		return true;
	case PPTP_MSG_CCRQ:
		reply->type = PPTP_MSG_CDN;
		reply->u.disconnect.call_id = our_call_id(control, msg->u.clear_request.call_id);
		reply->u.disconnect.result = PPTP_DISCONNECT_REQUEST;
		return true;
	default:
		return false;
	}
}

/* One message from the front of the buffer; false when there is none or the connection ended. */
static bool serve_message(struct control *control, struct connection *connection)
{
	uint8_t out[PPTP_MSG_SIZE_MAX];
	struct pptp_msg msg, reply;
	size_t len;
	int n;

	if (connection->have < 2)
		return false;
	len = (size_t)connection->buf[0] << 8 | connection->buf[1];
	if (len < PPTP_MSG_HEADER_SIZE || len > PPTP_MSG_SIZE_MAX) {
		hang_up(connection);
		return false;
	}
	if (connection->have < len)
		return false;
	if (pptp_msg_decode(&msg, connection->buf, len) == 0 && answer(control, &msg, &reply)) {
		n = pptp_msg_encode(&reply, out, sizeof(out));
		if (n < 0 || send(connection->fd, out, (size_t)n, MSG_NOSIGNAL) != n)
			fprintf(stderr, "control: a reply could not be sent\n");
	}
	connection->have -= len;
	memmove(connection->buf, connection->buf + len, connection->have);
	return true;
}

static void serve_connection(struct control *control, struct connection *connection)
{
	ssize_t n;

	while (connection->fd >= 0) {
		n = recv(connection->fd, connection->buf + connection->have,
			 sizeof(connection->buf) - connection->have, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			hang_up(connection);
		if (n <= 0)
			return;
		connection->have += (size_t)n;
		while (connection->fd >= 0 && serve_message(control, connection))
			;
	}
}

static void accept_all(struct control *control)
{
	int fd;

	while ((fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		unsigned int i = 0;

		while (i < CONNECTIONS_MAX && control->connections[i].fd >= 0)
			i++;
		if (i < CONNECTIONS_MAX)
			control->connections[i].fd = fd;
		else
			close(fd);
	}
}

void control_serve(struct control *control)
{
	accept_all(control);
	for (unsigned int i = 0; i < CONNECTIONS_MAX; i++)
		if (control->connections[i].fd >= 0)
			serve_connection(control, &control->connections[i]);
}
