/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_CONFIG_H
#define PPTP_SESSION_CONFIG_H

#include <net/if.h>

#include <pptp/config.h>

struct pptp_config {
	char server[PPTP_SERVER_MAX + 1];
	struct in_addr addresses[PPTP_ADDRESSES_MAX]; /* resolved by the caller */
	unsigned int address_count;
	uint16_t port;
	struct in_addr local;
	char interface[IF_NAMESIZE]; /* "": any */
	bool has_mark;
	uint32_t mark;
	char phone[PPTP_STRING_MAX + 1];
	char host_name[PPTP_STRING_MAX + 1];
	enum pptp_quirk quirk;
	uint16_t call_id;
	uint16_t recv_window;
	uint64_t connect_timeout; /* nanoseconds, as all below */
	uint64_t start_timeout;
	uint64_t call_timeout;
	uint64_t echo_idle;
	uint64_t echo_reply;
	uint64_t gre_silent;
	uint64_t reorder_timeout;
	bool reorder_adaptive; /* reorder_timeout is the maximum */
	bool reorder;
	uint32_t missing_window;
	uint32_t window;
	unsigned int test_type;
	unsigned int test_rate;
	bool host_route;
	pptp_log_fn log;
	void *log_user;
	enum pptp_log_level log_level;
	pptp_socket_fn socket_hook;
	void *socket_user;
	pptp_route_fn route_hook;
	void *route_user;
	int gre_fd;
	enum pptp_data_path data_path;
	int channel_fd;
	struct pptp_hub *hub;
	void *user;
};

#endif
