/* SPDX-License-Identifier: MIT */
/*
 * Fetches the raw answers of tunnels from their sockets: many at once, each bounded in time and size.
 * It runs with the caller's privileges, so it looks into no answer. Called by fetch.c.
 */
#define _GNU_SOURCE
#include "status/ask.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <pptp/types.h>

#include "monotonic.h"

/* Well below the usual limit of 1024 descriptors. */
#define AT_ONCE 256
#define CHUNK   8192
/* A full queue of connections cannot be polled for. */
#define RETRY_MS   10
#define SUFFIX_LEN (sizeof(STATUS_SUFFIX) - 1)

struct question {
	struct answer *answer;
	uint64_t deadline;
	int fd;
	bool connected;
};

/* -- the folder --------------------------------------------------------------------------------- */

static bool take_file_name(char name[STATUS_NAME_MAX + 1], const char *file)
{
	size_t length = strlen(file);

	if (length <= SUFFIX_LEN || length - SUFFIX_LEN > STATUS_NAME_MAX ||
	    strcmp(file + length - SUFFIX_LEN, STATUS_SUFFIX) != 0)
		return false;
	memcpy(name, file, length - SUFFIX_LEN);
	name[length - SUFFIX_LEN] = '\0';
	return status_name_is_valid(name);
}

static int add_answer(struct answers *answers, const char *name)
{
	struct answer *list;

	/* It doubles at each power of two. */
	if ((answers->count & (answers->count - 1)) == 0) {
		list = realloc(answers->list,
			       (answers->count ? 2 * answers->count : 1) * sizeof(*list));
		if (!list)
			return -ENOMEM;
		answers->list = list;
	}
	list = &answers->list[answers->count++];
	memset(list, 0, sizeof(*list));
	memcpy(list->name, name, strlen(name));
	return 0;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(((const struct answer *)left)->name, ((const struct answer *)right)->name);
}

static int list_folder(struct answers *answers, const char *folder, const char *only)
{
	DIR *dir = opendir(folder);
	char name[STATUS_NAME_MAX + 1];
	const struct dirent *entry;
	int err = 0;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	/* cppcheck-suppress readdirCalled ; a stream of this thread alone */
	/* NOLINTNEXTLINE(concurrency-mt-unsafe) */
	while (!err && (entry = readdir(dir)))
		if (take_file_name(name, entry->d_name) && (!only || strcmp(name, only) == 0))
			err = add_answer(answers, name);
	closedir(dir);
	if (answers->count > 1)
		qsort(answers->list, answers->count, sizeof(*answers->list), compare_names);
	return err;
}

/* -- one question ------------------------------------------------------------------------------- */

static void end_question(struct question *question, int err)
{
	if (question->fd >= 0)
		close(question->fd);
	question->fd = -1;
	question->answer->err = err;
}

/* Whether it goes on. */
static bool connect_to(struct question *question, const char *folder)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int length = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s%s", folder,
			      question->answer->name, STATUS_SUFFIX);

	if (length < 0 || (size_t)length >= sizeof(address.sun_path)) {
		end_question(question, -ENAMETOOLONG);
		return false;
	}
	if (connect(question->fd, (const struct sockaddr *)&address, sizeof(address)) == 0) {
		question->connected = true;
		return true;
	}
	if (errno == EAGAIN || errno == EINTR)
		return true;
	end_question(question, -errno);
	return false;
}

static bool begin_question(struct question *question, struct answer *answer, const char *folder)
{
	question->answer = answer;
	question->deadline = monotonic_ns() + ANSWER_LIMIT_MS * (uint64_t)PPTP_NS_PER_MS;
	question->connected = false;
	question->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (question->fd < 0) {
		end_question(question, -errno);
		return false;
	}
	return connect_to(question, folder);
}

static int keep_octets(struct answer *answer, const char *chunk, size_t count)
{
	char *octets;

	if (count > ANSWER_OCTETS_MAX - answer->size)
		return -EMSGSIZE;
	octets = realloc(answer->octets, answer->size + count);
	if (!octets)
		return -ENOMEM;
	memcpy(octets + answer->size, chunk, count);
	answer->octets = octets;
	answer->size += count;
	return 0;
}

/* Whether it goes on. One chunk a turn, so that none keeps the others waiting. */
static bool read_from(struct question *question)
{
	char chunk[CHUNK];
	ssize_t count = recv(question->fd, chunk, sizeof(chunk), 0);
	int err;

	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (count < 0)
		err = -errno;
	else if (count == 0)
		err = question->answer->size ? 0 : -ENODATA;
	else
		err = keep_octets(question->answer, chunk, (size_t)count);
	if (count > 0 && !err)
		return true;
	end_question(question, err);
	return false;
}

static bool proceed(struct question *question, const char *folder)
{
	bool goes_on = question->connected ? read_from(question) : connect_to(question, folder);

	if (goes_on && monotonic_ns() >= question->deadline) {
		end_question(question, -ETIMEDOUT);
		return false;
	}
	return goes_on;
}

/* -- all of them -------------------------------------------------------------------------------- */

static void wait_for_some(const struct question *questions, size_t count)
{
	struct pollfd fds[AT_ONCE];
	uint64_t now = monotonic_ns(), first = UINT64_MAX;
	int timeout_ms = ANSWER_LIMIT_MS;

	for (size_t i = 0; i < count; i++) {
		fds[i] = (struct pollfd){ .events = POLLIN };
		fds[i].fd = questions[i].connected ? questions[i].fd : -1;
		if (questions[i].deadline < first)
			first = questions[i].deadline;
	}
	if (first <= now)
		return;
	if ((first - now) / PPTP_NS_PER_MS < ANSWER_LIMIT_MS)
		timeout_ms = (int)((first - now) / PPTP_NS_PER_MS) + 1;
	for (size_t i = 0; i < count; i++)
		if (!questions[i].connected && timeout_ms > RETRY_MS)
			timeout_ms = RETRY_MS;
	(void)poll(fds, count, timeout_ms);
}

/* Of descriptors: later there are some. */
static bool is_short(const struct answer *answer)
{
	return answer->err == -EMFILE || answer->err == -ENFILE;
}

static void ask_all(struct answers *answers, const char *folder)
{
	struct question questions[AT_ONCE];
	size_t count = 0, next = 0;

	while (next < answers->count || count > 0) {
		while (next < answers->count && count < AT_ONCE) {
			struct answer *answer = &answers->list[next++];

			if (begin_question(&questions[count], answer, folder)) {
				count++;
			} else if (is_short(answer) && count > 0) {
				answer->err = 0;
				next--;
				break;
			}
		}
		if (count > 0)
			wait_for_some(questions, count);
		for (size_t i = 0; i < count;) {
			if (proceed(&questions[i], folder))
				i++;
			else
				questions[i] = questions[--count];
		}
	}
}

/* The file of a pptp that was killed, or one that ended while it was asked. */
static bool is_gone(const struct answer *answer)
{
	return answer->err == -ECONNREFUSED || answer->err == -ENOENT ||
	       (answer->err == -ECONNRESET && answer->size == 0);
}

static void leave_out_those_gone(struct answers *answers)
{
	size_t kept = 0;

	for (size_t i = 0; i < answers->count; i++)
		if (!is_gone(&answers->list[i]))
			answers->list[kept++] = answers->list[i];
	answers->count = kept;
}

int ask_tunnels(struct answers *answers, const char *folder, const char *name)
{
	int err;

	*answers = (struct answers){ 0 };
	err = list_folder(answers, folder, name);
	if (err) {
		answers_clear(answers);
		return err;
	}
	ask_all(answers, folder);
	leave_out_those_gone(answers);
	return 0;
}

void answers_clear(struct answers *answers)
{
	for (size_t i = 0; i < answers->count; i++)
		free(answers->list[i].octets);
	free(answers->list);
	*answers = (struct answers){ 0 };
}
