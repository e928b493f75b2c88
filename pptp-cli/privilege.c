/* SPDX-License-Identifier: MIT */
/*
 * Dropping root's privileges: the user, the capabilities, the gain of any by exec, and finally the paths
 * and the system calls (sandbox.c). Each step is taken as early as possible; a step that the system
 * refuses is a warning, and the others are still taken. Called by run.c, diagnose.c, detach.c,
 * keeper_process.c and status/.
 */
#define _GNU_SOURCE
#include "privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "landlock.h"
#include "log.h"
#include "sandbox.h"
#include "system_log.h"

#define SAFE_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* The preferred one first; the second exists on every system. */
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
 * the network, which may not be up yet.
 */
static int find_account(const char *name, struct account *account)
{
	FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *entry;
	int found = 0;

	if (!file)
		return -errno;
	/* cppcheck-suppress fgetpwentCalled */
	/* There is one thread still. NOLINTNEXTLINE(concurrency-mt-unsafe) */
	while (!found && (entry = fgetpwent(file))) {
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

/* Set-user-ID root: the caller, who may then signal the process. */
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

/* -- capabilities, by plain system calls: glibc and musl have no wrappers ------------------------ */

#define BIT(capability) (UINT64_C(1) << (capability))

struct capabilities {
	uint64_t effective;
	uint64_t permitted;
};

static int get_capabilities(struct capabilities *capsp)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	capsp->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	capsp->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	return 0;
}

/* Exactly these, effective and permitted; none to inherit. */
static int set_capabilities(uint64_t caps)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	data[0].effective = data[0].permitted = (uint32_t)caps;
	data[1].effective = data[1].permitted = (uint32_t)(caps >> 32);
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

/* Those of `wanted` that the process has: requesting more would fail as a whole. */
static bool keep_only(uint64_t wanted)
{
	struct capabilities have = { 0 };

	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (wanted && get_capabilities(&have) < 0)
		return false;
	return set_capabilities(have.permitted & wanted) == 0;
}

/* So that no program started later can gain one. */
static void empty_bounding_set(void)
{
	for (unsigned long capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0;
	     capability++)
		continue;
}

/* Keeps the capabilities. NULL, or the system call that failed; then errno says why. */
static const char *change_user(const struct account *account)
{
	const char *failed = NULL;
	int err;

	empty_bounding_set();
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return "prctl";
	if (setgroups(0, NULL) < 0)
		failed = "setgroups";
	else if (setresgid(account->gid, account->gid, account->gid) < 0)
		failed = "setresgid";
	else if (setresuid(account->uid, account->uid, account->uid) < 0)
		failed = "setresuid";
	err = errno;
	(void)prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
	errno = err;
	return failed;
}

/* -- the user --------------------------------------------------------------------------------- */

/* The limit does not apply to root; the new user may have reached it with other programs. */
static void lift_process_limit(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	/* Refused in containers; one more thread, for the name, seldom reaches the hard limit. */
	if (setrlimit(RLIMIT_NPROC, &limit) == 0 || getrlimit(RLIMIT_NPROC, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NPROC, &limit);
}

const char *privilege_hint(int error)
{
	switch (-error) {
	case EAGAIN:
		return "; raise the limit on processes (ulimit -u, TasksMax= of a service)";
	case EPERM:
	case ENOSYS:
		return "; a container or sandbox may refuse it";
	default:
		return "";
	}
}

/* The keeper's refusals are the worker's, which logs them. */
static void __attribute__((format(printf, 2, 3))) warn(bool quiet, const char *format, ...)
{
	char text[200];
	va_list args;

	if (quiet)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_line(PPTP_LOG_WARNING, "%s", text);
}

/* What may be behind the failure to become another user. */
static const char *hint_of_user(int error)
{
	const uint64_t needed = BIT(CAP_SETUID) | BIT(CAP_SETGID);
	struct capabilities have = { 0 };

	if (error == -EINVAL)
		return " (this user namespace does not map it)";
	if (error == -EPERM && get_capabilities(&have) == 0 && (have.permitted & needed) != needed)
		return " (needs CAP_SETUID and CAP_SETGID)";
	return privilege_hint(error);
}

static void stop_being_root(bool quiet)
{
	struct account account;
	const char *failed;
	int found = choose_account(&account);

	if (found < 0)
		warn(quiet, "stays root: cannot look for a user to become in /etc/passwd: %s",
		     pptp_strerror(found));
	else if (!found)
		warn(quiet, "stays root: /etc/passwd has no user pptp or nobody to become");
	if (found <= 0)
		return;
	lift_process_limit();
	failed = change_user(&account);
	found = -errno;
	if (failed)
		warn(quiet, "stays root: cannot become user %s: %s: %s%s", account.name, failed,
		     pptp_strerror(found), hint_of_user(found));
	else if (!quiet)
		log_line(PPTP_LOG_INFO, "runs as user %s from here on", account.name);
}

static void drop(uint64_t kept, bool quiet)
{
	if (geteuid() == 0)
		stop_being_root(quiet);
	if (!keep_only(kept))
		warn(quiet, "capabilities are kept: the kernel refuses to drop them (capset)");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		warn(quiet, "cannot set no_new_privs (prctl): %s", pptp_strerror(-errno));
}

void privilege_drop(void)
{
	drop(0, false);
}

void privilege_drop_keeper(void)
{
	drop(BIT(CAP_NET_ADMIN), true);
}

/* -- paths and system calls -------------------------------------------------------------------- */

/* Otherwise the time of a log line would be read from a file later. */
static int confine(enum sandbox_role role, int channel_fd, int listener_fd)
{
	const struct sandbox_descriptors descriptors = { .log = system_log_descriptor(),
							 .channel = channel_fd,
							 .listener = listener_fd,
							 .folder = -1 };

	tzset();
	/* Older kernels have no Landlock; the filter is there nevertheless. */
	if (role == SANDBOX_LAUNCHER)
		(void)landlock_enter(LANDLOCK_READ, "/proc");
	else
		(void)landlock_enter(LANDLOCK_NOTHING, NULL);
	return sandbox_enter(role, &descriptors);
}

void privilege_confine(int channel_fd, int listener_fd)
{
	int err = confine(SANDBOX_SESSION, channel_fd, listener_fd);

	if (err == SANDBOX_NOT_BUILT)
		log_line(PPTP_LOG_WARNING,
			 "system calls are not filtered: built without libseccomp");
	else if (err < 0)
		log_line(PPTP_LOG_WARNING, "system calls are not filtered (seccomp): %s",
			 pptp_strerror(err));
}

void privilege_confine_keeper(void)
{
	(void)confine(SANDBOX_KEEPER, -1, -1);
}

void privilege_drop_launcher(bool route)
{
	(void)keep_only(route ? BIT(CAP_NET_ADMIN) : 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)confine(SANDBOX_LAUNCHER, -1, -1);
}

void privilege_drop_remover(const char *folder, int folder_fd)
{
	const struct sandbox_descriptors descriptors = {
		.log = -1, .channel = -1, .listener = -1, .folder = folder_fd
	};

	(void)keep_only(0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)landlock_enter(LANDLOCK_REMOVE, folder);
	(void)sandbox_enter(SANDBOX_REMOVER, &descriptors);
}

bool privilege_be_caller(void)
{
	return setresgid(getgid(), getgid(), getgid()) == 0 &&
	       setresuid(getuid(), getuid(), getuid()) == 0;
}

void privilege_drop_reader(void)
{
	drop(0, false);
	(void)landlock_enter(LANDLOCK_NOTHING, NULL);
}

void privilege_drop_waiter(void)
{
	(void)keep_only(BIT(CAP_KILL));
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
