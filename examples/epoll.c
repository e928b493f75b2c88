/* SPDX-License-Identifier: MIT */
/*
 * Many tunnels in one thread with one epoll set and a hub, so that they share a GRE socket. Each
 * sends some PPP frames and waits until as many came back (see example-testserver).
 *
 *	example-epoll SERVER [TUNNELS [FRAMES]]         (root, or CAP_NET_RAW)
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <pptp/pptp.h>

#define QUIET_MS 5000

struct tunnel {
	struct pptp_session *session;
	unsigned int sent;
	unsigned int received;
};

struct program {
	int epoll_fd;
	struct pptp_hub *hub;
	struct tunnel *tunnels;
	unsigned int count;
	unsigned int frames;
	unsigned int open;
	unsigned int complete;
};

/* Address, control, protocol LCP, Echo-Request 1, length 8, magic number 0 (RFC 1661, 5.8). */
static const uint8_t frame[] = { 0xff, 0x03, 0xc0, 0x21, 9, 1, 0, 8, 0, 0, 0, 0 };

static int watch(struct program *program, int fd, void *what)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = what };

	return epoll_ctl(program->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int open_tunnel(struct program *program, struct tunnel *tunnel, const char *server)
{
	struct pptp_config *cfg = NULL;
	int err = pptp_config_new(&cfg);

	if (!err)
		err = pptp_config_set_server(cfg, server);
	if (!err)
		err = pptp_config_set_hub(cfg, program->hub);
	if (!err)
		err = pptp_session_new(&tunnel->session, cfg);
	pptp_config_free(cfg);
	if (!err)
		err = pptp_session_start(tunnel->session);
	if (!err)
		err = watch(program, pptp_session_get_fd(tunnel->session), tunnel);
	program->open += !err;
	return err;
}

/* One frame out for each that came back, so that no queue grows. */
static void send_next(struct program *program, struct tunnel *tunnel)
{
	if (tunnel->sent < program->frames &&
	    pptp_session_send_frame(tunnel->session, frame, sizeof(frame)) == 0)
		tunnel->sent++;
	else if (tunnel->received == program->frames)
		pptp_session_stop(tunnel->session);
}

static void take_frames(struct program *program, struct tunnel *tunnel)
{
	struct pptp_frame received;

	while (pptp_session_pop_frame(tunnel->session, &received)) {
		tunnel->received++;
		send_next(program, tunnel);
	}
}

static void dispatch(struct program *program, struct tunnel *tunnel)
{
	bool over = pptp_session_dispatch(tunnel->session) < 0;
	const struct pptp_event *event;

	while ((event = pptp_session_pop_event(tunnel->session))) {
		if (event->type == PPTP_EVENT_CALL_UP)
			send_next(program, tunnel);
		if (event->type == PPTP_EVENT_CLOSED && event->u.down.reason != PPTP_REASON_STOPPED)
			printf("tunnel %td: %s\n", tunnel - program->tunnels, event->u.down.text);
	}
	take_frames(program, tunnel);
	if (!over)
		return;
	program->complete += tunnel->received == program->frames;
	program->open--;
	tunnel->session = pptp_session_free(tunnel->session);
}

static void run(struct program *program)
{
	struct epoll_event events[64];
	int n = 1;

	while (program->open && n > 0) {
		n = epoll_wait(program->epoll_fd, events, 64, QUIET_MS);
		for (int i = 0; i < n; i++) {
			struct tunnel *tunnel = events[i].data.ptr;

			if (!tunnel)
				pptp_hub_dispatch(program->hub);
			else if (tunnel->session)
				dispatch(program, tunnel);
		}
	}
}

int main(int argc, char **argv)
{
	struct program program = {
		.count = argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 10) : 10,
		.frames = argc > 3 ? (unsigned int)strtoul(argv[3], NULL, 10) : 100,
	};
	int err;

	program.tunnels = calloc(program.count, sizeof(*program.tunnels));
	program.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	err = program.tunnels && argc > 1 ? pptp_hub_new(&program.hub) : PPTP_ERR_VALUE;
	if (!err)
		err = watch(&program, pptp_hub_get_fd(program.hub), NULL);
	for (unsigned int i = 0; !err && i < program.count; i++)
		err = open_tunnel(&program, &program.tunnels[i], argv[1]);
	if (err)
		fprintf(stderr, "usage: %s SERVER [TUNNELS [FRAMES]]\n%s\n", argv[0],
			pptp_strerror(err));
	else
		run(&program);
	printf("%u of %u tunnels carried %u frames there and back\n", program.complete,
	       program.count, program.frames);
	for (unsigned int i = 0; program.tunnels && i < program.count; i++)
		pptp_session_free(program.tunnels[i].session);
	pptp_hub_free(program.hub);
	close(program.epoll_fd);
	free(program.tunnels);
	return program.complete == program.count ? EXIT_SUCCESS : EXIT_FAILURE;
}
