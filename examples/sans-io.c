/* SPDX-License-Identifier: MIT */
/*
 * A whole control conversation in memory: a PNS calls a PAC, both are driven by hand, without a
 * socket and without root. Prints every message.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pptp/proto/ctrl.h>

static void print_message(void *user, enum pptp_trace what, const struct pptp_msg *msg,
			  const char *note)
{
	char text[512];

	if (what != PPTP_TRACE_SENT) /* each message is sent by one and received by the other */
		return;
	(void)note;
	pptp_msg_print(msg, text, sizeof(text));
	printf("%s: %s\n", (const char *)user, text);
}

static struct pptp_ctrl *new_peer(bool receiver, uint16_t call_id, char *name)
{
	struct pptp_ctrl_config cfg;
	struct pptp_ctrl *ctrl;

	pptp_ctrl_config_init(&cfg, sizeof(cfg));
	cfg.receiver = receiver;
	cfg.call_id = call_id;
	return pptp_ctrl_new(&ctrl, &cfg, print_message, name) < 0 ? NULL : ctrl;
}

/* Pass the output of `from` to `to`, in place of a TCP connection. */
static bool carry(struct pptp_ctrl *from, struct pptp_ctrl *to, uint64_t now)
{
	uint8_t copy[4096];
	size_t len;
	const uint8_t *data = pptp_ctrl_output(from, &len);

	if (!data)
		return false;
	if (len > sizeof(copy))
		len = sizeof(copy);
	memcpy(copy, data, len);
	pptp_ctrl_output_done(from, len);
	pptp_ctrl_input(to, copy, len, now);
	return true;
}

static void converse(struct pptp_ctrl *pns, struct pptp_ctrl *pac, uint64_t now)
{
	while (carry(pns, pac, now) || carry(pac, pns, now))
		continue;
}

static bool make_and_end_a_call(struct pptp_ctrl *pns, struct pptp_ctrl *pac)
{
	struct pptp_ctrl_event event;
	bool up = false;

	pptp_ctrl_tcp_open(pac, 0);
	pptp_ctrl_tcp_open(pns, 0);
	converse(pns, pac, 0);
	while (pptp_ctrl_pop_event(pns, &event, sizeof(event)))
		if (event.type == PPTP_CTRL_CALL_UP)
			up = event.u.call.peer_call_id == 2000;

	pptp_ctrl_stop(pns, PPTP_REASON_STOPPED, PPTP_NS_PER_SEC);
	converse(pns, pac, PPTP_NS_PER_SEC);
	return up && pptp_ctrl_is_closed(pns) && pptp_ctrl_is_closed(pac);
}

int main(void)
{
	char pns_name[] = "PNS", pac_name[] = "PAC";
	struct pptp_ctrl *pns = new_peer(false, 1000, pns_name);
	struct pptp_ctrl *pac = new_peer(true, 2000, pac_name);
	bool well = pns && pac && make_and_end_a_call(pns, pac);

	pptp_ctrl_free(pns);
	pptp_ctrl_free(pac);
	printf("%s\n", well ? "the call was made and ended by the book" : "it went wrong");
	return well ? EXIT_SUCCESS : EXIT_FAILURE;
}
