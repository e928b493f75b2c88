/* SPDX-License-Identifier: MIT */
/*
 * Replaces all other files of this folder when the library is built without route support (meson
 * option `route`): every function returns PPTP_ERR_UNSUPPORTED, or does nothing. Session and
 * command need no condition of their own: pinning logs a warning, and the tunnel comes up.
 */
#include <pptp/route.h>

int pptp_route_lookup(const struct pptp_route_query *query, struct pptp_route_info *infop,
		      size_t size)
{
	(void)size;
	(void)query;
	(void)infop;
	return PPTP_ERR_UNSUPPORTED;
}

int pptp_route_pin(struct pptp_route **routep, const struct pptp_route_query *query,
		   pptp_route_log_fn log, void *user)
{
	(void)routep;
	(void)query;
	if (log)
		log(user, true,
		    "no host route: this libpptp was built without; the tunnel works as long as no "
		    "route into it covers the server");
	return PPTP_ERR_UNSUPPORTED;
}

int pptp_route_get_fd(const struct pptp_route *route)
{
	(void)route;
	return PPTP_ERR_UNSUPPORTED;
}

int pptp_route_dispatch(struct pptp_route *route)
{
	(void)route;
	return PPTP_ERR_UNSUPPORTED;
}

enum pptp_route_state pptp_route_get_state(const struct pptp_route *route)
{
	(void)route;
	return PPTP_ROUTE_UNNEEDED;
}

int pptp_route_get_info(const struct pptp_route *route, struct pptp_route_info *infop, size_t size)
{
	(void)size;
	(void)route;
	(void)infop;
	return PPTP_ERR_UNSUPPORTED;
}

bool pptp_route_is_only_way(const struct pptp_route *route)
{
	(void)route;
	return false;
}

struct pptp_route *pptp_route_unpin(struct pptp_route *route)
{
	(void)route;
	return NULL;
}
