/* SPDX-License-Identifier: MIT */
#include "clients.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SEC UINT64_C(1000000000)
#define TERM_WAIT  (2 * NS_PER_SEC)

static pid_t processes[PROCESSES_MAX];
static unsigned int process_count;

uint64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

void run_on_cpu(int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	/* Who shares a processor runs when the other has nothing to do, not in the midst of it. */
	sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){ 0 });
}

bool clients_prepare(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
}

static int open_terminal(int *slavep)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios tio;
	char name[64];

	*slavep = -1;
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
	    ptsname_r(master, name, sizeof(name)) != 0)
		return -1;
	*slavep = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (*slavep < 0 || tcgetattr(*slavep, &tio) < 0)
		return -1;
	cfmakeraw(&tio);
	if (tcsetattr(*slavep, TCSANOW, &tio) < 0)
		return -1;
	return master;
}

static void become(const struct client_program *program, int master)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	setsid();
	run_on_cpu(program->cpu);
	if (setns(program->netns, CLONE_NEWNET) < 0 || dup2(master, STDIN_FILENO) < 0 ||
	    dup2(master, STDOUT_FILENO) < 0 || dup2(program->log_fd, STDERR_FILENO) < 0)
		_exit(126);
	execv(program->argv[0], program->argv);
	_exit(127);
}

int client_start(const struct client_program *program, pid_t *pidp)
{
	int slave, master = open_terminal(&slave);

	if (master < 0)
		return -1;
	*pidp = fork();
	if (*pidp == 0)
		become(program, master);
	close(master);
	if (*pidp > 0)
		return slave;
	close(slave);
	return -1;
}

static void find_below(pid_t pid)
{
	char path[64];
	FILE *file;
	int child;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	file = fopen(path, "re");
	if (!file)
		return;
	while (fscanf(file, "%d", &child) == 1 && process_count < PROCESSES_MAX) {
		processes[process_count++] = child;
		find_below(child);
	}
	fclose(file);
}

unsigned int clients_find(void)
{
	process_count = 0;
	find_below(getpid());
	return process_count;
}

static uint64_t cpu_time(pid_t pid)
{
	struct timespec ts;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &ts) != 0)
		return 0;
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* Sums the numbers behind a key of a file with lines "key: number". */
static unsigned long sum_key(const char *path, const char *key)
{
	FILE *file = fopen(path, "re");
	unsigned long sum = 0;
	char line[256];

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, key, strlen(key)) == 0)
			sum += strtoul(line + strlen(key), NULL, 10);
	fclose(file);
	return sum;
}

static uint64_t wakeups_of(pid_t pid)
{
	uint64_t sum = 0;
	struct dirent *entry;
	char path[320];
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	folder = opendir(path);
	if (!folder)
		return 0;
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/status", (int)pid, entry->d_name);
		sum += sum_key(path, "voluntary_ctxt_switches:");
	}
	closedir(folder);
	return sum;
}

uint64_t clients_cpu(void)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < process_count; i++)
		sum += cpu_time(processes[i]);
	return sum;
}

uint64_t clients_wakeups(void)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < process_count; i++)
		sum += wakeups_of(processes[i]);
	return sum;
}

void clients_memory(struct client_memory *memory)
{
	char path[64];

	*memory = (struct client_memory){ .processes = process_count };
	for (unsigned int i = 0; i < process_count; i++) {
		snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)processes[i]);
		memory->pss_kib += sum_key(path, "Pss:");
		memory->private_kib += sum_key(path, "Private_Clean:");
		memory->written_kib += sum_key(path, "Private_Dirty:");
	}
	memory->private_kib += memory->written_kib;
}

static void signal_all(int number)
{
	for (unsigned int i = 0; i < process_count; i++)
		kill(processes[i], number);
}

/* Reaps children until none is left or the time is over. */
static bool reap_until(uint64_t deadline, void (*serve)(void *user), void *user)
{
	pid_t pid;

	for (;;) {
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid < 0 && errno == ECHILD)
			return true;
		if (clock_now() >= deadline)
			return false;
		serve(user);
	}
}

void clients_stop(void (*serve)(void *user), void *user)
{
	clients_find();
	signal_all(SIGTERM);
	if (reap_until(clock_now() + TERM_WAIT, serve, user))
		return;
	clients_find();
	signal_all(SIGKILL);
	reap_until(clock_now() + TERM_WAIT, serve, user);
}
