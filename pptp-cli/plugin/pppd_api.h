/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_PLUGIN_PPPD_API_H
#define PPTP_CLI_PLUGIN_PPPD_API_H

/* What the plugin uses of pppd, by the names of pppd 2.5. The build defines PPPD_2_5 for it; 2.4 has others. */

#include <signal.h>

#ifdef PPPD_2_5

#include <stdbool.h>

#include <pppd/pppd.h>

#include <pppd/options.h>

#define option_error ppp_option_error

/* pppd forgets SIGHUP only in its own loop. */
static bool was_hung_up;

static inline void forget_hangup(void)
{
	was_hung_up = ppp_signaled(SIGHUP);
}

static inline int is_terminated(void)
{
	return ppp_signaled(SIGTERM) || ppp_signaled(SIGINT);
}

static inline int is_told_to_end(void)
{
	return is_terminated() || (ppp_signaled(SIGHUP) && !was_hung_up);
}

static inline void set_status(int number)
{
	ppp_set_status(number);
}

static inline void on_network_up(void (*function)(void *, int))
{
	ppp_add_notify(NF_IP_UP, function, NULL);
	ppp_add_notify(NF_IPV6_UP, function, NULL);
}

/* ppp_signaled() knows SIGHUP too. */
static inline void watch_hangups(void)
{
}

#else

#include <pppd/patchlevel.h>
#include <pppd/pppd.h>

#define PPPD_VERSION VERSION

static inline void ppp_add_options(option_t *options)
{
	add_options(options);
}

static inline pid_t ppp_safe_fork(int in, int out, int err)
{
	return safe_fork(in, out, err);
}

static inline int ppp_generic_establish(int fd)
{
	return generic_establish_ppp(fd);
}

static inline void ppp_generic_disestablish(int fd)
{
	generic_disestablish_ppp(fd);
}

static inline const char *ppp_ifname(void)
{
	return ifname;
}

static inline void ppp_set_pppdevnam(const char *name)
{
	slprintf(ppp_devnam, sizeof(ppp_devnam), "%s", name);
}

static inline void ppp_set_modem(int on)
{
	modem = on != 0;
}

static volatile sig_atomic_t is_hung_up;

static inline void note_signal(void *context, int number)
{
	(void)context;
	if (number == SIGHUP)
		is_hung_up = 1;
}

/* pppd 2.4 does not let a plugin ask for SIGHUP. */
static inline void watch_hangups(void)
{
	add_notifier(&sigreceived, note_signal, NULL);
}

static inline void forget_hangup(void)
{
	is_hung_up = 0;
}

static inline int is_terminated(void)
{
	return got_sigterm;
}

static inline int is_told_to_end(void)
{
	return is_terminated() || is_hung_up;
}

static inline void set_status(int number)
{
	status = number;
}

static inline void on_network_up(void (*function)(void *, int))
{
	add_notifier(&ip_up_notifier, function, NULL);
	add_notifier(&ipv6_up_notifier, function, NULL);
}

#endif

#endif
