/* SPDX-License-Identifier: MIT */
/* The link of a session in fuzz_api.c, and its other end, which PPP has. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api_world.h"

void api_close(int *fdp)
{
	if (*fdp >= 0)
		close(*fdp);
	*fdp = -1;
}

void api_close_ppp(struct slot *slot)
{
	if (slot->ppp[1] == slot->ppp[0])
		slot->ppp[1] = -1;
	api_close(&slot->ppp[0]);
	api_close(&slot->ppp[1]);
}

/* The library's ends in fds: a pair of sockets, two pipes, a file, one that is closed. */
static void open_link(unsigned int kind, int fds[2], int ppp[2])
{
	int in[2], out[2];

	fds[0] = fds[1] = 1000;
	ppp[0] = ppp[1] = -1;
	if (kind == 0) {
		FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) == 0);
		fds[0] = fds[1] = in[0];
		ppp[0] = ppp[1] = in[1];
	} else if (kind == 1) {
		FUZZ_CHECK(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
		fds[0] = in[0];
		ppp[1] = in[1];
		ppp[0] = out[0];
		fds[1] = out[1];
	} else if (kind == 2) {
		fds[0] = fds[1] = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	}
	for (int i = 0; i < 2; i++)
		if (ppp[i] >= 0)
			fcntl(ppp[i], F_SETFL, O_NONBLOCK);
}

void api_attach(struct slot *slot, struct fuzz_input *in)
{
	unsigned int how = fuzz_u8(in), type = how >> 3 & 3, kind = how & 3;
	int fds[2], ppp[2], err;

	open_link(kind, fds, ppp);
	if (how & 0x80) { /* the wrong way round */
		int fd = fds[0];

		fds[0] = fds[1];
		fds[1] = fd;
	}
	LIBRARY(err = pptp_session_attach(slot->session, fds[0], fds[1],
					  type == 3 ? (enum pptp_link_type)9
					  : type    ? PPTP_LINK_ASYNC
						    : PPTP_LINK_SYNC));
	FUZZ_CHECK(err == 0 || err == PPTP_ERR_STATE || err == PPTP_ERR_VALUE ||
		   is_system_error(err));
	FUZZ_CHECK(err != 0 || (type != 3 && kind < 2 && slot->phase < PPTP_PHASE_CLOSED));
	if (err == 0) {
		api_close_ppp(slot);
		memcpy(slot->ppp, ppp, sizeof(ppp));
		return;
	}
	api_close(&ppp[0]);
	if (kind == 1)
		api_close(&ppp[1]);
	if (fds[1] != fds[0])
		api_close(&fds[1]);
	if (kind < 3)
		api_close(&fds[0]);
}

/* PPP writes, reads or ends. */
void api_serve_ppp(struct slot *slot, struct fuzz_input *in)
{
	static const uint8_t lcp[] = { 0x7e, 0xff, 0x7d, 0x23, 0xc0, 0x21, 0x7d, 0x29, 0x7d,
				       0x21, 0x7d, 0x20, 0x7d, 0x28, 0x7d, 0x21, 0x7d, 0x22,
				       0x7d, 0x23, 0x7d, 0x24, 0xdf, 0xf3, 0x7e };
	uint8_t octets[2048] = { 0 };
	unsigned int what = fuzz_u8(in);
	size_t len;

	if (slot->ppp[0] < 0)
		return;
	switch (what & 3) {
	case 0:
		for (unsigned int i = 0; i <= what >> 2; i++)
			if (write(slot->ppp[1], lcp, sizeof(lcp)) < 0)
				return;
		break;
	case 1:
		len = fuzz_octets(in, octets, fuzz_u8(in));
		(void)!write(slot->ppp[1], octets, len);
		break;
	case 2:
		(void)!read(slot->ppp[0], octets, sizeof(octets));
		break;
	default:
		api_close_ppp(slot);
		break;
	}
}
