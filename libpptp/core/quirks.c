/* SPDX-License-Identifier: MIT */
/*
 * Changes to messages that one implementation needs, as a table by quirk. ctrl_out.c applies it to
 * each message just before it is encoded; the state machines do not depend on it, except that
 * ctrl_call.c checks whether a Set-Link-Info is sent when the call comes up. pptp_quirk_from_name()
 * serves the command.
 */
#include "quirks.h"

#include <stdio.h>
#include <string.h>

/* The name that these modems give the only line behind them. */
#define BEZEQ_RELAY "RELAY_PPP1"

static void bezeq_start_request(struct pptp_msg *msg)
{
	struct pptp_msg_start *start = &msg->u.start;

	start->framing_caps = PPTP_FRAMING_ASYNC;
	start->bearer_caps = PPTP_BEARER_ANALOG;
	start->max_channels = 0;
	start->firmware = 0x6021;
	snprintf(start->host_name, sizeof(start->host_name), "%s", BEZEQ_RELAY);
	snprintf(start->vendor_name, sizeof(start->vendor_name), "%s", "MS Win NT");
}

static void bezeq_call_request(struct pptp_msg *msg)
{
	struct pptp_msg_call_request *request = &msg->u.call_request;

	request->bearer_type = PPTP_BEARER_DIGITAL;
	request->framing_type = PPTP_FRAMING_ANY;
	request->phone_length = sizeof(BEZEQ_RELAY) - 1;
	snprintf(request->phone, sizeof(request->phone), "%s", BEZEQ_RELAY);
}

static const struct {
	const char *name;
	void (*start_request)(struct pptp_msg *msg);
	void (*call_request)(struct pptp_msg *msg);
	bool link_info; /* Set-Link-Info with both ACCMs all ones once the call is up */
} quirks[] = {
	[PPTP_QUIRK_NONE] = { 0 },
	[PPTP_QUIRK_BEZEQ_ISRAEL] = {
		.name = "BEZEQ_ISRAEL",
		.start_request = bezeq_start_request,
		.call_request = bezeq_call_request,
		.link_info = true,
	},
};

#define QUIRKS (sizeof(quirks) / sizeof(quirks[0]))

int pptp_quirk_from_name(const char *name, enum pptp_quirk *quirkp)
{
	for (size_t i = 0; name && i < QUIRKS; i++) {
		if (quirks[i].name && strcmp(quirks[i].name, name) == 0) {
			*quirkp = (enum pptp_quirk)i;
			return 0;
		}
	}
	return PPTP_ERR_VALUE;
}

bool pptp_quirk_is_known(enum pptp_quirk quirk)
{
	return (size_t)quirk < QUIRKS;
}

void pptp_quirk_apply(enum pptp_quirk quirk, struct pptp_msg *msg)
{
	if (msg->type == PPTP_MSG_SCCRQ && quirks[quirk].start_request)
		quirks[quirk].start_request(msg);
	else if (msg->type == PPTP_MSG_OCRQ && quirks[quirk].call_request)
		quirks[quirk].call_request(msg);
}

bool pptp_quirk_wants_link_info(enum pptp_quirk quirk)
{
	return quirks[quirk].link_info;
}
