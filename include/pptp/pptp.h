/* SPDX-License-Identifier: MIT */
#ifndef PPTP_PPTP_H
#define PPTP_PPTP_H

/**
 * @file pptp.h
 * The stable interface of libpptp. Most programs need no more than session.h. The headers in proto/
 * are for tools and test benches: they are not included here, and their functions may change in any
 * release before 2.0.
 */

#include <pptp/config.h>
#include <pptp/hub.h>
#include <pptp/reason.h>
#include <pptp/route.h>
#include <pptp/session.h>
#include <pptp/stats.h>
#include <pptp/types.h>

#endif
