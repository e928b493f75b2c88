/* SPDX-License-Identifier: MIT */
/*
 * The raw socket of enhanced GRE (RFC 2637, 4): opened or taken over, set up, connected to the peer,
 * and filtered so that no other packet wakes the process. Works on a descriptor. gre_port.c reads it
 * through gre_rx.c; a session writes it through gre_tx.c.
 */
#include "session/gre_socket.h"

#include <errno.h>
#include <linux/filter.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pptp/proto/gre.h>

#include "session/log.h"
#include "session/socket_setup.h"

#define RECEIVE_BUFFER (8 * 1024 * 1024)
/* Of the GRE header (RFC 2637, 4.1): K is 1, Ver is 1, S and A may be either, the rest is 0. */
#define GRE_FLAGS_OFFSET    0
#define GRE_FLAGS_FREE      0x1080
#define GRE_FLAGS_FIXED     0x2001
#define GRE_PROTOCOL_OFFSET 2

/* -- the filter ------------------------------------------------------------------------------- */

static int attach_filter(int fd, struct sock_filter *code, unsigned short len)
{
	struct sock_fprog program = { .len = len, .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno
											   : 0;
}

/* The filter of a raw IPv4 socket sees the packet with its IP header. */
#define LOAD_HEADER_LEN BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0)
#define LOAD(offset)    BPF_STMT(BPF_LD | BPF_H | BPF_IND, (offset))
/* Else jump over so many instructions. */
#define EXPECT(value, over) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (over))
#define ACCEPT              BPF_STMT(BPF_RET | BPF_K, UINT32_MAX)
#define DROP                BPF_STMT(BPF_RET | BPF_K, 0)

/* Packets with wrong flags pass: the tunnel counts what names our call. */
static int filter_call(int fd, uint16_t call_id)
{
	struct sock_filter code[] = {
		LOAD_HEADER_LEN,
		LOAD(GRE_PROTOCOL_OFFSET),
		EXPECT(PPTP_GRE_PROTOCOL, 3),
		LOAD(GRE_CALL_ID_OFFSET),
		EXPECT(call_id, 1),
		ACCEPT,
		DROP,
	};

	return attach_filter(fd, code, sizeof(code) / sizeof(code[0]));
}

/* Only packets pass whose first eight octets of GRE pptp_gre_decode() accepts, for any call. */
static int filter_pptp(int fd)
{
	struct sock_filter code[] = {
		LOAD_HEADER_LEN,
		LOAD(GRE_FLAGS_OFFSET),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, (uint16_t)~GRE_FLAGS_FREE),
		EXPECT(GRE_FLAGS_FIXED, 4),
		LOAD(GRE_PROTOCOL_OFFSET),
		EXPECT(PPTP_GRE_PROTOCOL, 2),
		LOAD(GRE_CALL_ID_OFFSET),
		ACCEPT,
		DROP,
	};

	return attach_filter(fd, code, sizeof(code) / sizeof(code[0]));
}

/* -- the socket ------------------------------------------------------------------------------- */

/* For bursts received; what is sent waits in the queue of the interface. */
static void size_buffer(int fd)
{
	if (pptp_socket_set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER) < 0)
		pptp_socket_set_int(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
}

/*
 * Sandboxes with a kernel of their own have no filters, others refuse them: the tunnel itself drops what
 * is not of its call. A filter that is locked already is another owner's.
 */
static bool works_unfiltered(int fd, int err)
{
	return err == -ENOPROTOOPT || err == -ENOSYS ||
	       (err == -EPERM && pptp_socket_check(fd, SO_LOCK_FILTER, 1) != 0);
}

/* The kernel would accept another kind of socket, which carries nothing. */
static int check_supplied(int fd)
{
	int err = pptp_socket_check(fd, SO_DOMAIN, AF_INET);

	if (!err)
		err = pptp_socket_check(fd, SO_TYPE, SOCK_RAW);
	return err ? err : pptp_socket_check(fd, SO_PROTOCOL, IPPROTO_GRE);
}

static int set_filter(int fd, const struct pptp_config *cfg, uint16_t call_id)
{
	int err = call_id ? filter_call(fd, call_id) : filter_pptp(fd);

	if (!err || !works_unfiltered(fd, err))
		return err;
	pptp_session_log(
		cfg, PPTP_LOG_NOTICE,
		"the GRE socket has no filter (SO_ATTACH_FILTER: %s): the packets of other "
		"calls with this server are dropped here, which costs processor time",
		pptp_strerror(err));
	return 0;
}

/*
 * A raw socket receives every GRE packet of the machine from the moment it exists. Packets from before
 * the filter and the peer's address are queued: they may be another tunnel's, even one with our Call ID.
 */
static void discard_received(int fd)
{
	char octet;

	/* An error that waits would be read first. */
	pptp_gre_socket_clear_error(fd);
	while (recv(fd, &octet, sizeof(octet), MSG_DONTWAIT) > 0)
		;
}

int pptp_gre_socket_open(int *fdp, const struct pptp_config *cfg, int supplied_fd, uint16_t call_id)
{
	int fd = supplied_fd, err;

	if (fd < 0)
		fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_GRE);
	if (fd < 0)
		return -errno;
	err = fd == supplied_fd ? check_supplied(fd) : 0;
	if (!err)
		err = set_filter(fd, cfg, call_id);
	if (!err)
		err = pptp_socket_setup(fd, cfg);
	if (err) {
		if (fd != supplied_fd)
			close(fd);
		return err;
	}
	/*
	 * Nobody replaces it, also no second session that is given this socket. A kernel that cannot lock
	 * it still applies it.
	 */
	pptp_socket_set_int(fd, SOL_SOCKET, SO_LOCK_FILTER, 1);
	size_buffer(fd);
	pptp_socket_set_int(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
	/* Frames that do not fit the path are fragmented here, never refused. */
	pptp_socket_set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT);
	*fdp = fd;
	return 0;
}

int pptp_gre_socket_connect(int fd, struct in_addr local, struct in_addr remote)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr = local };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = remote };

	if (bind(fd, (const struct sockaddr *)&from, sizeof(from)) < 0)
		return -errno;
	while (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		if (errno != EINTR)
			return -errno;
	discard_received(fd);
	return 0;
}

unsigned int pptp_gre_socket_path_mtu(int fd)
{
	socklen_t len = sizeof(int);
	int mtu = 0;

	if (getsockopt(fd, IPPROTO_IP, IP_MTU, &mtu, &len) < 0 || mtu < 0)
		return 0;
	return (unsigned int)mtu;
}

void pptp_gre_socket_clear_error(int fd)
{
	int err = 0;
	socklen_t len = sizeof(err);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
}
