/* SPDX-License-Identifier: MIT */
/* Every setter of <pptp/config.h>, with values that lead somewhere; fuzz_config.c has all values. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api_peer.h"
#include "api_world.h"

static void take_log(void *user, enum pptp_log_level level, const char *line)
{
	(void)user;
	FUZZ_CHECK(level >= PPTP_LOG_ERROR && level <= PPTP_LOG_DEBUG && *line);
	for (; *line; line++)
		FUZZ_CHECK(isprint((unsigned char)*line));
}

static int take_socket(void *user, int fd)
{
	const struct world *w = user;

	FUZZ_CHECK(fd >= 0);
	return w->socket_answer;
}

static int take_route(void *user, const struct pptp_route_query *query, bool needed)
{
	struct world *w = user;

	FUZZ_CHECK(query->dst.s_addr);
	if (!needed)
		FUZZ_CHECK(--w->routes_by_caller >= 0);
	else if (w->route_answer == PPTP_ROUTE_BY_CALLER)
		w->routes_by_caller++;
	return w->route_answer;
}

/* -- settings that are more than a number --------------------------------------------------- */

static int set_server(struct world *w, unsigned int v)
{
	static const char *const names[] = { API_SERVER, "server.test", "127.0.0.3", API_FAR, "" };

	return pptp_config_set_server(w->cfg, FUZZ_PICK(names, v));
}

static int set_addresses(struct world *w, unsigned int v)
{
	const struct in_addr addresses[] = { { inet_addr("127.0.0.3") },
					     { inet_addr(API_SERVER) } };

	return pptp_config_set_addresses(w->cfg, addresses, v % 3);
}

static int set_local_address(struct world *w, unsigned int v)
{
	static const char *const names[] = { API_CLIENT, "", "192.0.2.77", "10.9.0.1", "none" };

	return pptp_config_set_local_address(w->cfg, FUZZ_PICK(names, v));
}

static int set_interface(struct world *w, unsigned int v)
{
	static const char *const names[] = { "lo", "", "absent", "uplink" };

	return pptp_config_set_interface(w->cfg, FUZZ_PICK(names, v));
}

static int set_test_order(struct world *w, unsigned int v)
{
	return pptp_config_set_test_order(w->cfg, v & 3, v >> 2);
}

static int set_log(struct world *w, unsigned int v)
{
	return pptp_config_set_log(w->cfg, v & 1 ? take_log : NULL, w,
				   (enum pptp_log_level)(PPTP_LOG_ERROR + (v >> 1) % 5));
}

static int set_socket_hook(struct world *w, unsigned int v)
{
	static const int answers[] = { 0, 0, -EPERM, 1 };

	w->socket_answer = FUZZ_PICK(answers, v);
	return pptp_config_set_socket_hook(w->cfg, v ? take_socket : NULL, w);
}

static int set_route_hook(struct world *w, unsigned int v)
{
	static const int answers[] = { 0, PPTP_ROUTE_BY_CALLER, PPTP_ROUTE_BY_LIBRARY, -ENETDOWN,
				       7 };

	w->route_answer = FUZZ_PICK(answers, v);
	return pptp_config_set_route_hook(w->cfg, v ? take_route : NULL, w);
}

static int set_user(struct world *w, unsigned int v)
{
	return pptp_config_set_user(w->cfg, v ? w : NULL);
}

void api_forget_handed(struct world *w, bool owned)
{
	if (w->handed >= 0 && !owned)
		close(w->handed);
	w->handed = -1;
	pptp_config_set_gre_fd(w->cfg, -1);
}

/* None, a raw socket of GRE, another socket, a closed descriptor. */
static int set_gre_fd(struct world *w, unsigned int v)
{
	api_forget_handed(w, false);
	if (v % 4 == 3)
		return pptp_config_set_gre_fd(w->cfg, 1000);
	if (v % 4 == 1)
		w->handed = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_GRE);
	if (v % 4 == 2)
		w->handed = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return pptp_config_set_gre_fd(w->cfg, w->handed);
}

static int set_hub(struct world *w, unsigned int v)
{
	w->cfg_has_hub = w->hub && (v & 1);
	return pptp_config_set_hub(w->cfg, w->cfg_has_hub ? w->hub : NULL);
}

static int set_quirk(struct world *w, unsigned int v)
{
	enum pptp_quirk quirk = PPTP_QUIRK_NONE;
	int err = pptp_quirk_from_name(v & 1 ? "BEZEQ_ISRAEL" : "OTHER", &quirk);

	FUZZ_CHECK(err == (v & 1 ? 0 : PPTP_ERR_VALUE));
	return pptp_config_set_quirk(w->cfg, quirk);
}

/* -- numbers -------------------------------------------------------------------------------- */

#define NUMBER(setter, value)                                                                      \
	static int set_##setter(struct world *w, unsigned int v)                                   \
	{                                                                                          \
		return pptp_config_set_##setter(w->cfg, value);                                    \
	}

NUMBER(port, v & 1 ? 9 : PPTP_PORT)
NUMBER(mark, v)
NUMBER(phone, v & 1 ? "5551234" : "")
NUMBER(host_name, v & 1 ? "host\x1b[1m\n" : "local")
NUMBER(call_id, (uint16_t)v)
NUMBER(recv_window, v * 16)
NUMBER(connect_timeout_ms, v * 100)
NUMBER(start_timeout_ms, v * 100)
NUMBER(call_timeout_ms, v * 100)
NUMBER(echo_idle_ms, v * 100)
NUMBER(echo_reply_ms, v * 100)
NUMBER(gre_silent_ms, v * 100)
NUMBER(reorder_timeout_ms, v)
NUMBER(reorder, v & 1)
NUMBER(missing_window, v)
NUMBER(window, v == 255 ? PPTP_WINDOW_AUTO : v)
NUMBER(host_route, v & 1)

static int (*const setters[])(struct world *w, unsigned int v) = {
	set_server,
	set_addresses,
	set_port,
	set_local_address,
	set_interface,
	set_mark,
	set_phone,
	set_host_name,
	set_quirk,
	set_call_id,
	set_recv_window,
	set_connect_timeout_ms,
	set_start_timeout_ms,
	set_call_timeout_ms,
	set_echo_idle_ms,
	set_echo_reply_ms,
	set_gre_silent_ms,
	set_reorder_timeout_ms,
	set_reorder,
	set_missing_window,
	set_window,
	set_test_order,
	set_host_route,
	set_log,
	set_socket_hook,
	set_route_hook,
	set_user,
	set_gre_fd,
	set_hub,
};

void api_set(struct world *w, struct fuzz_input *in)
{
	unsigned int which = fuzz_u8(in), v = fuzz_u8(in);
	int err = FUZZ_PICK(setters, which)(w, v);

	FUZZ_CHECK(err == 0 || err == PPTP_ERR_VALUE);
}

void api_configure(struct world *w)
{
	struct pptp_config *cfg;
	int err;

	LIBRARY(err = pptp_config_new(&cfg));
	FUZZ_CHECK(err == 0 || (err == -ENOMEM && w->faulted));
	if (err)
		return;
	if (w->cfg)
		api_forget_handed(w, false);
	LIBRARY(FUZZ_CHECK(!pptp_config_free(w->cfg)));
	w->cfg = cfg;
	w->cfg_has_hub = false;
	FUZZ_CHECK(pptp_config_set_server(cfg, API_SERVER) == 0);
	FUZZ_CHECK(pptp_config_set_local_address(cfg, API_CLIENT) == 0);
}
