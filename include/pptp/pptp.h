/* SPDX-License-Identifier: MIT */
#ifndef PPTP_PPTP_H
#define PPTP_PPTP_H

/**
 * @file pptp.h
 * All of libpptp. Most programs need no more than session.h.
 */

#include <pptp/config.h>
#include <pptp/hub.h>
#include <pptp/proto/ctrl.h>
#include <pptp/proto/gre.h>
#include <pptp/proto/hdlc.h>
#include <pptp/proto/msg.h>
#include <pptp/proto/tunnel.h>
#include <pptp/reason.h>
#include <pptp/route.h>
#include <pptp/session.h>
#include <pptp/stats.h>
#include <pptp/types.h>

#endif
