/* SPDX-License-Identifier: MIT */
/* Stands for somebody's VPN manager: built against the installed library, in C and in C++. */
#include <pptp/pptp.h>
#include <pptp/proto/msg.h>

#include <stdio.h>
#include <string.h>

static int print_echo(void)
{
	struct pptp_msg msg;
	uint8_t data[PPTP_MSG_SIZE_MAX];
	char text[256];
	int len;

	memset(&msg, 0, sizeof(msg));
	msg.type = PPTP_MSG_ECHORQ;
	msg.u.echo.identifier = 7;
	len = pptp_msg_encode(&msg, data, sizeof(data));
	if (len < 0 || pptp_msg_decode(&msg, data, (size_t)len) < 0)
		return 1;
	pptp_msg_print(&msg, text, sizeof(text));
	puts(text);
	return 0;
}

int main(void)
{
	struct pptp_config *cfg;
	struct pptp_session *session;

	puts(pptp_version());
	if (pptp_config_new(&cfg) < 0)
		return 1;
	puts(pptp_strerror(pptp_session_new(&session, cfg)));
	pptp_config_free(cfg);
	return print_echo();
}
