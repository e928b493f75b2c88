/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "privilege.h"

#include "log.h"
#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#ifdef HAVE_LIBCAP_NG
#include <cap-ng.h>
#endif

#define SAFE_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Best first; the second is on every system. */
static const char *const accounts[] = { "pptp", "nobody" };

struct account {
	char name[32];
	uid_t uid;
	gid_t gid;
};

void privilege_check_environment(void)
{
	if (!getauxval(AT_SECURE))
		return;
	/* There is one thread still. NOLINTNEXTLINE(concurrency-mt-unsafe) */
	clearenv();
	/* NOLINTNEXTLINE(concurrency-mt-unsafe) */
	setenv("PATH", SAFE_PATH, 1);
}

/*
 * 1 when there is such a user, else 0, or -errno. Read from the file: other sources of names may need
 * the network, which we are to bring up.
 */
static int find_account(const char *name, struct account *account)
{
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd buffer = { 0 };
	struct passwd *entry = NULL;
	char strings[16384];
	int found = 0;

	if (!file)
		return -errno;
	while (!found && fgetpwent_r(file, &buffer, strings, sizeof(strings), &entry) == 0) {
		if (strcmp(entry->pw_name, name) != 0 || entry->pw_uid == 0)
			continue;
		snprintf(account->name, sizeof(account->name), "%s", name);
		account->uid = entry->pw_uid;
		account->gid = entry->pw_gid;
		found = 1;
	}
	fclose(file);
	return found;
}

/* Set-user-ID root: as the caller, who may then signal what he has started. */
static bool take_caller(struct account *account)
{
	account->uid = getuid();
	account->gid = getgid();
	snprintf(account->name, sizeof(account->name), "%lu", (unsigned long)account->uid);
	return account->uid != 0;
}

static int choose_account(struct account *account)
{
	int found = take_caller(account);
	size_t i;

	for (i = 0; i < sizeof(accounts) / sizeof(accounts[0]) && !found; i++)
		found = find_account(accounts[i], account);
	return found;
}

static void allow_tracing_of_ourselves(void)
{
	/* A process that changed its user is closed to its own leak checker. */
	if (SANDBOX_FOR_SANITIZER)
		(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

#ifdef HAVE_LIBCAP_NG

static bool have(capng_type_t set, unsigned int capability)
{
	return capng_have_capability(set, capability) != 0;
}

/* What of them we have; asking for more would fail as a whole. */
static void choose_capabilities(const struct privilege_needs *needs)
{
	bool admin;
	bool raw;

	capng_get_caps_process();
	admin = have(CAPNG_PERMITTED, CAP_NET_ADMIN) && (needs->route || needs->mark);
	/* On newer kernels it is enough for a mark. */
	raw = have(CAPNG_PERMITTED, CAP_NET_RAW) && needs->mark && !admin;
	capng_clear(CAPNG_SELECT_BOTH);
	if (admin)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_ADMIN);
	if (raw)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_RAW);
}

static bool drop_capabilities(const struct privilege_needs *needs)
{
	choose_capabilities(needs);
	return capng_apply(CAPNG_SELECT_CAPS) == 0;
}

static bool change_user(const struct account *account, const struct privilege_needs *needs)
{
	int flags = CAPNG_DROP_SUPP_GRP;

	capng_get_caps_process();
	if (have(CAPNG_EFFECTIVE, CAP_SETPCAP))
		flags |= CAPNG_CLEAR_BOUNDING;
	choose_capabilities(needs);
	return capng_change_id((int)account->uid, (int)account->gid, (capng_flags_t)flags) == 0;
}

#else

/* The kernel drops all of them with the user; some cannot be kept without the library. */
static bool drop_capabilities(const struct privilege_needs *needs)
{
	(void)needs;
	return geteuid() != 0;
}

static bool change_user(const struct account *account, const struct privilege_needs *needs)
{
	if (needs->route || needs->mark)
		return false;
	return setgroups(0, NULL) == 0 &&
	       setresgid(account->gid, account->gid, account->gid) == 0 &&
	       setresuid(account->uid, account->uid, account->uid) == 0;
}

#endif

/* The limit spares root alone; the user it meets may have reached it by other programs. */
static void lift_process_limit(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	/* Refused in containers; a hard limit is seldom reached by the thread that looks names up. */
	if (setrlimit(RLIMIT_NPROC, &limit) == 0 || getrlimit(RLIMIT_NPROC, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NPROC, &limit);
}

const char *privilege_hint_of_limit(int error)
{
	return error == -EAGAIN
		       ? "; raise the limit on processes (ulimit -u, TasksMax= of a service)"
		       : "";
}

static bool stop_being_root(const struct privilege_needs *needs)
{
	struct account account;
	int found = choose_account(&account);

	if (found < 0)
		log_line(PPTP_LOG_WARNING,
			 "stays root: cannot look for a user to become in /etc/passwd: %s",
			 pptp_strerror(found));
	else if (!found)
		log_line(PPTP_LOG_WARNING,
			 "stays root: /etc/passwd has no user pptp or nobody to become");
	if (found <= 0)
		return false;
	lift_process_limit();
	if (!change_user(&account, needs)) {
		log_line(PPTP_LOG_WARNING, "stays root: cannot become user %s (%s)", account.name,
			 SANDBOX_HAS_CAPABILITIES ? "needs CAP_SETUID and CAP_SETGID"
						  : "built without libcap-ng");
		return false;
	}
	log_line(PPTP_LOG_INFO, "runs as user %s from here on", account.name);
	return true;
}

void privilege_drop(const struct privilege_needs *needs)
{
	bool changed = geteuid() == 0 && stop_being_root(needs);

	if (!changed && !drop_capabilities(needs))
		log_line(PPTP_LOG_WARNING, "capabilities are kept%s",
			 SANDBOX_HAS_CAPABILITIES ? "" : ": built without libcap-ng");
	allow_tracing_of_ourselves();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		log_line(PPTP_LOG_WARNING, "cannot set no_new_privs: %s", pptp_strerror(-errno));
}

void privilege_confine(void)
{
	int result;

	/* syslog(3) would else read it later. */
	tzset();
	result = sandbox_enter(SANDBOX_SESSION);
	if (result == -ENOTSUP)
		log_line(PPTP_LOG_WARNING,
			 "system calls are not filtered: built without libseccomp");
	else if (result < 0)
		log_line(PPTP_LOG_WARNING, "system calls are not filtered: %s",
			 pptp_strerror(result));
}

void privilege_settle(const struct privilege_needs *needs)
{
	if (SANDBOX_HAS_CAPABILITIES)
		drop_capabilities(needs);
}

void privilege_drop_keeper(void)
{
	const struct privilege_needs nothing = { .route = false };

	drop_capabilities(&nothing);
	allow_tracing_of_ourselves();
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	tzset();
	sandbox_enter(SANDBOX_KEEPER);
}
