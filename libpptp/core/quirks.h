/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_QUIRKS_H
#define PPTP_CORE_QUIRKS_H

/* Changes to messages for one peer's implementation. */

#include <pptp/proto/ctrl.h>

bool pptp_quirk_is_known(enum pptp_quirk quirk);

/* Change a message just before it is encoded; most are left as they are. */
void pptp_quirk_apply(enum pptp_quirk quirk, struct pptp_msg *msg);

/* Whether this peer needs a Set-Link-Info as soon as the call is up. */
bool pptp_quirk_wants_link_info(enum pptp_quirk quirk);

#endif
