/* SPDX-License-Identifier: MIT */
#ifndef PPTP_PPTP_H
#define PPTP_PPTP_H

/**
 * @file pptp.h
 * All of libpptp. Most programs need no more than session.h.
 */

#include <pptp/config.h>
#include <pptp/ctrl.h>
#include <pptp/gre.h>
#include <pptp/hdlc.h>
#include <pptp/hub.h>
#include <pptp/msg.h>
#include <pptp/reason.h>
#include <pptp/route.h>
#include <pptp/session.h>
#include <pptp/stats.h>
#include <pptp/tunnel.h>
#include <pptp/types.h>

#endif
