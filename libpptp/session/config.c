/* SPDX-License-Identifier: MIT */
/*
 * The setters of a configuration: each checks one value and stores it, times in nanoseconds.
 * Nothing is opened, looked up or compared with other settings here: what a value means is decided
 * where it is used, and pptp_session_new() copies the whole structure and checks it as a whole.
 * Called by embedders and by pptp-cli/option_table.c.
 */
#include "session/config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <pptp/proto/ctrl.h>

#include "keep_errno.h"

#define TIMEOUT_MAX_MS 600000
#define REORDER_MIN_MS 10
#define REORDER_MAX_MS 10000
#define TEST_TYPE_MAX  3

int pptp_config_new(struct pptp_config **cfgp)
{
	PPTP_KEEP_ERRNO;
	struct pptp_config *cfg = calloc(1, sizeof(*cfg));

	if (!cfg)
		return -ENOMEM;
	cfg->port = PPTP_PORT;
	strcpy(cfg->host_name, "local");
	cfg->recv_window = PPTP_RECV_WINDOW_DEFAULT;
	cfg->connect_timeout = 20 * PPTP_NS_PER_SEC;
	cfg->start_timeout = 60 * PPTP_NS_PER_SEC;
	cfg->call_timeout = 60 * PPTP_NS_PER_SEC;
	cfg->echo_idle = 60 * PPTP_NS_PER_SEC;
	cfg->echo_reply = 60 * PPTP_NS_PER_SEC;
	cfg->gre_silent = 5 * PPTP_NS_PER_SEC;
	cfg->reorder_timeout = 300 * PPTP_NS_PER_MS;
	cfg->reorder_adaptive = true;
	cfg->reorder = true;
	cfg->missing_window = PPTP_MISSING_WINDOW_DEFAULT;
	cfg->window = PPTP_WINDOW_OFF;
	cfg->test_rate = 100;
	cfg->gre_fd = cfg->channel_fd = -1;
	*cfgp = cfg;
	return 0;
}

struct pptp_config *pptp_config_free(struct pptp_config *cfg)
{
	free(cfg);
	return NULL;
}

static int set_string(char *field, size_t max, const char *value)
{
	size_t len = strlen(value);

	if (len > max)
		return PPTP_ERR_VALUE;
	memcpy(field, value, len + 1);
	return 0;
}

static int set_ms(uint64_t *field, unsigned int ms, unsigned int min, unsigned int max)
{
	if (ms < min || ms > max)
		return PPTP_ERR_VALUE;
	*field = ms * PPTP_NS_PER_MS;
	return 0;
}

int pptp_config_set_server(struct pptp_config *cfg, const char *server)
{
	/* It is in log lines, each of which is one line. */
	for (const char *c = server; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return PPTP_ERR_VALUE;
	if (!*server)
		return PPTP_ERR_VALUE;
	return set_string(cfg->server, PPTP_SERVER_MAX, server);
}

int pptp_config_set_addresses(struct pptp_config *cfg, const struct in_addr *addresses,
			      unsigned int count)
{
	if (count > PPTP_ADDRESSES_MAX)
		return PPTP_ERR_VALUE;
	for (unsigned int i = 0; i < count; i++)
		cfg->addresses[i] = addresses[i];
	cfg->address_count = count;
	return 0;
}

int pptp_config_set_port(struct pptp_config *cfg, uint16_t port)
{
	if (!port)
		return PPTP_ERR_VALUE;
	cfg->port = port;
	return 0;
}

int pptp_config_set_local_address(struct pptp_config *cfg, const char *address)
{
	struct in_addr parsed;

	if (inet_pton(AF_INET, address, &parsed) != 1)
		return PPTP_ERR_VALUE;
	cfg->local = parsed;
	return 0;
}

int pptp_config_set_interface(struct pptp_config *cfg, const char *name)
{
	return set_string(cfg->interface, sizeof(cfg->interface) - 1, name);
}

int pptp_config_set_mark(struct pptp_config *cfg, uint32_t mark)
{
	cfg->has_mark = true;
	cfg->mark = mark;
	return 0;
}

int pptp_config_set_phone(struct pptp_config *cfg, const char *phone)
{
	return set_string(cfg->phone, PPTP_STRING_MAX, phone);
}

int pptp_config_set_host_name(struct pptp_config *cfg, const char *name)
{
	return set_string(cfg->host_name, PPTP_STRING_MAX, name);
}

int pptp_config_set_quirk(struct pptp_config *cfg, enum pptp_quirk quirk)
{
	if (quirk != PPTP_QUIRK_NONE && quirk != PPTP_QUIRK_BEZEQ_ISRAEL)
		return PPTP_ERR_VALUE;
	cfg->quirk = quirk;
	return 0;
}

int pptp_config_set_call_id(struct pptp_config *cfg, uint16_t call_id)
{
	cfg->call_id = call_id;
	return 0;
}

int pptp_config_set_recv_window(struct pptp_config *cfg, unsigned int packets)
{
	if (packets < 1 || packets > UINT16_MAX)
		return PPTP_ERR_VALUE;
	cfg->recv_window = (uint16_t)packets;
	return 0;
}

int pptp_config_set_connect_timeout_ms(struct pptp_config *cfg, unsigned int ms)
{
	return set_ms(&cfg->connect_timeout, ms, 1, TIMEOUT_MAX_MS);
}

int pptp_config_set_start_timeout_ms(struct pptp_config *cfg, unsigned int ms)
{
	return set_ms(&cfg->start_timeout, ms, 1, TIMEOUT_MAX_MS);
}

int pptp_config_set_call_timeout_ms(struct pptp_config *cfg, unsigned int ms)
{
	return set_ms(&cfg->call_timeout, ms, 1, TIMEOUT_MAX_MS);
}

int pptp_config_set_echo_idle_ms(struct pptp_config *cfg, unsigned int ms)
{
	cfg->echo_idle = ms ? ms * PPTP_NS_PER_MS : PPTP_TIME_NEVER;
	return 0;
}

int pptp_config_set_echo_reply_ms(struct pptp_config *cfg, unsigned int ms)
{
	cfg->echo_reply = ms ? ms * PPTP_NS_PER_MS : PPTP_TIME_NEVER;
	return 0;
}

int pptp_config_set_gre_silent_ms(struct pptp_config *cfg, unsigned int ms)
{
	cfg->gre_silent = ms ? ms * PPTP_NS_PER_MS : PPTP_TIME_NEVER;
	return 0;
}

int pptp_config_set_reorder_timeout_ms(struct pptp_config *cfg, unsigned int ms)
{
	int err = set_ms(&cfg->reorder_timeout, ms, REORDER_MIN_MS, REORDER_MAX_MS);

	if (!err)
		cfg->reorder_adaptive = false;
	return err;
}

int pptp_config_set_reorder(struct pptp_config *cfg, bool reorder)
{
	cfg->reorder = reorder;
	return 0;
}

int pptp_config_set_missing_window(struct pptp_config *cfg, unsigned int packets)
{
	if (packets < 1 || packets > PPTP_MISSING_WINDOW_MAX)
		return PPTP_ERR_VALUE;
	cfg->missing_window = packets;
	return 0;
}

int pptp_config_set_window(struct pptp_config *cfg, uint32_t packets)
{
	if (packets > PPTP_WINDOW_MAX && packets != PPTP_WINDOW_AUTO)
		return PPTP_ERR_VALUE;
	cfg->window = packets;
	return 0;
}

int pptp_config_set_test_order(struct pptp_config *cfg, unsigned int type, unsigned int rate)
{
	if (type > TEST_TYPE_MAX || rate < 1)
		return PPTP_ERR_VALUE;
	cfg->test_type = type;
	cfg->test_rate = rate;
	return 0;
}

int pptp_config_set_host_route(struct pptp_config *cfg, bool pin)
{
	cfg->host_route = pin;
	return 0;
}

int pptp_config_set_log(struct pptp_config *cfg, pptp_log_fn log, void *user,
			enum pptp_log_level level)
{
	if (level < PPTP_LOG_ERROR || level > PPTP_LOG_DEBUG)
		return PPTP_ERR_VALUE;
	cfg->log = log;
	cfg->log_user = user;
	cfg->log_level = level;
	return 0;
}

int pptp_config_set_socket_hook(struct pptp_config *cfg, pptp_socket_fn hook, void *user)
{
	cfg->socket_hook = hook;
	cfg->socket_user = user;
	return 0;
}

int pptp_config_set_route_hook(struct pptp_config *cfg, pptp_route_fn hook, void *user)
{
	cfg->route_hook = hook;
	cfg->route_user = user;
	return 0;
}

int pptp_config_set_user(struct pptp_config *cfg, void *user)
{
	cfg->user = user;
	return 0;
}

int pptp_config_set_gre_fd(struct pptp_config *cfg, int fd)
{
	if (fd < -1)
		return PPTP_ERR_VALUE;
	cfg->gre_fd = fd;
	return 0;
}

int pptp_config_set_data_path(struct pptp_config *cfg, enum pptp_data_path path)
{
	if (path != PPTP_DATA_PATH_USER && path != PPTP_DATA_PATH_KERNEL)
		return PPTP_ERR_VALUE;
	cfg->data_path = path;
	return 0;
}

int pptp_config_set_channel_fd(struct pptp_config *cfg, int fd)
{
	if (fd < -1)
		return PPTP_ERR_VALUE;
	cfg->channel_fd = fd;
	return 0;
}

int pptp_config_set_hub(struct pptp_config *cfg, struct pptp_hub *hub)
{
	cfg->hub = hub;
	return 0;
}
