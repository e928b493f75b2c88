/* SPDX-License-Identifier: MIT */
/*
 * What servers, users, passwords and routes may be, so that pppd and its shell take them as they are
 * meant. No I/O. Called by arguments.c and create.c.
 */
#include "setup/checks.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "numbers.h"

#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

const char *check_server(const char *server)
{
	size_t length = strlen(server);

	if (length == 0)
		return "is empty: give its name or IPv4 address";
	if (length > CHECK_SERVER_MAX)
		return "is too long: names of hosts have at most 253 characters";
	if (strstr(server, "://"))
		return "is a URL: give the name alone";
	if (strchr(server, '@'))
		return "contains a user: give it with --username";
	if (strchr(server, ':'))
		return "contains a port or an IPv6 address: give a name or an IPv4 address alone, "
		       "PPTP has TCP port 1723 only";
	if (strspn(server, ALPHANUMERIC ".-_") != length || strchr(".-", server[0]))
		return "is no name of a host: letters, digits, '.', '-' and '_' are allowed, "
		       "no '.' or '-' first";
	return NULL;
}

const char *check_user(const char *user)
{
	if (!*user)
		return "is empty";
	if (strchr(user, '\n'))
		return "contains a line feed, which does not fit a line of chap-secrets";
	if (strlen(user) > CHECK_WORD_MAX)
		return "is too long: pppd has room for 255 octets, with the domain";
	return NULL;
}

const char *check_password(const char *password)
{
	if (!*password)
		return "is empty";
	if (strchr(password, '\n'))
		return "contains a line feed, which does not fit a line of chap-secrets";
	if (strlen(password) > CHECK_WORD_MAX)
		return "is too long: pppd has room for 255 octets";
	if (strncmp(password, "@/", 2) == 0)
		return "begins with \"@/\", which pppd takes for the name of a file: choose "
		       "another one at the server";
	return NULL;
}

const char *check_phone(const char *phone)
{
	size_t length = strlen(phone);

	if (length == 0 || length > CHECK_PHONE_MAX)
		return "has the wrong length: 1 to 64 characters are allowed";
	if (strspn(phone, ALPHANUMERIC "+*#.,-") != length)
		return "is no phone number: letters, digits and '+', '*', '#', '.', ',', '-' are "
		       "allowed";
	return NULL;
}

/* Decimal numbers without a leading zero, which some programs take for octal. */
static bool take_part(const char **textp, const char *ends, uint64_t max, uint32_t *valuep)
{
	char digits[4];
	size_t length = strcspn(*textp, ends);
	uint64_t value;

	if (length == 0 || length > 3 || ((*textp)[0] == '0' && length > 1))
		return false;
	snprintf(digits, sizeof(digits), "%.*s", (int)length, *textp);
	if (!number_decimal(digits, max, &value))
		return false;
	*valuep = (uint32_t)value;
	*textp += length;
	return true;
}

const char *check_route(const char *route)
{
	static const char form[] = "is no IPv4 network with its prefix, such as 10.0.0.0/8";
	uint32_t address = 0, part, bits;

	for (int i = 0; i < 4; i++) {
		const char end = i < 3 ? '.' : '/';

		if (!take_part(&route, "./", 255, &part) || *route++ != end)
			return form;
		address = address << 8 | part;
	}
	if (!take_part(&route, "", 32, &bits) || *route)
		return form;
	if (bits == 0)
		return "is all that there is: use --defaultroute";
	if (bits < 32 && address & (UINT32_MAX >> bits))
		return "has bits set behind its prefix: set them to zero, or use a longer prefix";
	return NULL;
}
