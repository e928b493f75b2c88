/* SPDX-License-Identifier: MIT */
/* What every event and text of a session must be like, for fuzz_api.c. */
#include "api_world.h"

void api_check_text(const char *text)
{
	FUZZ_CHECK(text);
	for (; *text; text++)
		FUZZ_CHECK(*text >= ' ' && *text <= '~');
}

static void check_down(const struct pptp_event_down *down)
{
	FUZZ_CHECK(down->reason > PPTP_REASON_NONE && down->reason < PPTP_REASON_COUNT);
	FUZZ_CHECK(strlen(down->text) >= 10);
	api_check_text(down->text);
	api_check_text(down->result_text);
	api_check_text(down->error_text);
	api_check_text(down->cause_text);
	api_check_text(down->detail);
	api_check_text(pptp_reason_text(down->reason));
	(void)pptp_reason_is_transient(down->reason);
	if (down->system_error)
		api_check_text(pptp_strerror(down->system_error));
}

void api_check_event(struct slot *slot, const struct pptp_event *event)
{
	FUZZ_CHECK(!slot->closed); /* it is the last */
	FUZZ_CHECK(event->phase >= slot->event_phase && event->phase <= PPTP_PHASE_CLOSED);
	api_check_text(pptp_phase_text(event->phase));
	slot->event_phase = event->phase;
	switch (event->type) {
	case PPTP_EVENT_RESOLVING:
	case PPTP_EVENT_CONNECTING:
	case PPTP_EVENT_CONNECTED:
		api_check_text(event->u.connecting.server);
		FUZZ_CHECK(event->type == PPTP_EVENT_RESOLVING ||
			   event->u.connecting.attempt <= event->u.connecting.count);
		break;
	case PPTP_EVENT_CONTROL_UP:
		api_check_text(event->u.control.host_name);
		api_check_text(event->u.control.vendor_name);
		break;
	case PPTP_EVENT_CALL_UP:
		FUZZ_CHECK(event->u.call.call_id && event->u.call.mtu);
		break;
	case PPTP_EVENT_CALL_FAILED:
	case PPTP_EVENT_CALL_DOWN:
		check_down(&event->u.down);
		break;
	case PPTP_EVENT_CLOSED:
		FUZZ_CHECK(event->phase == PPTP_PHASE_CLOSED);
		check_down(&event->u.down);
		slot->closed++;
		break;
	default:
		FUZZ_CHECK(event->type > 0 && event->type <= PPTP_EVENT_CONNECTED);
		break;
	}
}
