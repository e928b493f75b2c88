/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_EXIT_STATUS_H
#define PPTP_CLI_EXIT_STATUS_H

#include <pptp/reason.h>

/* What the command returns; pptp(8) documents the numbers, so they never change. */
enum exit_status {
	EXIT_STATUS_OK = 0,
	EXIT_STATUS_SYSTEM = 1,
	EXIT_STATUS_USAGE = 2,
	EXIT_STATUS_NAME_NOT_FOUND = 3,
	EXIT_STATUS_REFUSED = 4,
	EXIT_STATUS_UNREACHABLE = 5,
	EXIT_STATUS_CONNECT_TIMEOUT = 6,
	EXIT_STATUS_START_TIMEOUT = 7,
	EXIT_STATUS_CALL_TIMEOUT = 8,
	EXIT_STATUS_NOT_AUTHORIZED = 9,
	EXIT_STATUS_START_REJECTED = 10,
	EXIT_STATUS_BUSY = 11,
	EXIT_STATUS_CALL_REJECTED = 12,
	EXIT_STATUS_KEEPALIVE_LOST = 13,
	EXIT_STATUS_PEER_ENDED = 14,
	EXIT_STATUS_PROTOCOL_ERROR = 15,
	EXIT_STATUS_NO_GRE = 16,
	EXIT_STATUS_PPPD = 17,
	EXIT_STATUS_NOT_PERMITTED = 18,
	EXIT_STATUS_ADDRESS_GONE = 21,
};

/* The exit status for a reason of the library. */
enum exit_status exit_status_of_reason(enum pptp_reason reason);

#endif
