/* SPDX-License-Identifier: MIT */
/*
 * A call whose packets the kernel carries, as the command has it: its socket before and after the call is
 * up, and the counters of its interface. The plugin gives its copy of the socket up once pppd has
 * attached PPP, so that this process holds the only one: with it the line hangs up, whatever ends
 * the process. Called by run.c.
 */
#include "kernel_call.h"

#include <errno.h>
#include <unistd.h>

#include "channel_link.h"
#include "kernel_socket.h"
#include "log.h"
#include "privilege.h"
#include "unit_statistics.h"

int kernel_call_prepare(struct kernel_call *call, struct pptp_config *config)
{
	call->number = kernel_socket_open();
	if (call->number < 0) {
		log_line(PPTP_LOG_ERROR, "the kernel has no PPTP socket: %s%s",
			 pptp_strerror(call->number), kernel_socket_hint(call->number));
		return call->number;
	}
	call->counters_fd = unit_statistics_open();
	pptp_config_set_data_path(config, PPTP_DATA_PATH_KERNEL);
	return pptp_config_set_channel_fd(config, call->number);
}

int kernel_call_offer(struct kernel_call *call, struct pptp_session *session, int link_fd)
{
	int err = pptp_session_take_channel(session, &call->fd);

	if (err < 0) {
		log_line(PPTP_LOG_ERROR, "the call has no socket for pppd: %s", pptp_strerror(err));
		return err;
	}
	err = channel_link_offer(link_fd, call->fd);
	/* pppd has ended meanwhile: that is seen when its end of the socket is read. */
	if (err == -EPIPE || err == -ECONNRESET)
		return 0;
	if (err < 0)
		log_line(PPTP_LOG_ERROR, "pppd's plugin does not take the channel (sendmsg): %s%s",
			 pptp_strerror(err), privilege_hint(err));
	return err;
}

void kernel_call_log_statistics(const struct kernel_call *call)
{
	unit_statistics_log(call->counters_fd, call->unit.interface);
}

void kernel_call_hang_up(struct kernel_call *call)
{
	if (call->fd >= 0)
		close(call->fd);
	call->fd = -1;
}

void kernel_call_close(struct kernel_call *call)
{
	kernel_call_hang_up(call);
	if (call->counters_fd >= 0)
		close(call->counters_fd);
	call->counters_fd = -1;
}
