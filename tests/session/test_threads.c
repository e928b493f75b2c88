/* SPDX-License-Identifier: MIT */
/*
 * Different sessions and hubs in different threads at once, and sessions that end while their name
 * is being looked up. Worth most when built with -Db_sanitize=thread.
 */
#define _GNU_SOURCE
#include <netdb.h>
#include <pthread.h>

#include "echo_pacs.h"
#include "rig.h"

#define THREADS  8
#define SESSIONS 4 /* in each thread; every other one in the thread's hub */
#define ROUNDS   3
#define FRAMES   40
#define LIMIT_MS 30000

/* -- names: getaddrinfo() of this program, also for the library ----------------------------- */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool held; /* answers wait */
	unsigned int asked;
} names = { .lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER };

struct entry {
	struct addrinfo info;
	struct sockaddr_in sin;
};

/* "N.test" is 127.0.1.N. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **listp)
{
	struct entry *entry = calloc(1, sizeof(*entry));

	(void)service;
	(void)hints;
	pthread_mutex_lock(&names.lock);
	names.asked++;
	pthread_cond_broadcast(&names.change);
	while (names.held)
		pthread_cond_wait(&names.change, &names.lock);
	pthread_mutex_unlock(&names.lock);
	if (!entry)
		return EAI_MEMORY;
	entry->sin.sin_family = AF_INET;
	entry->sin.sin_addr.s_addr = htonl(0x7f000100U + (uint32_t)strtoul(name, NULL, 10));
	entry->info.ai_family = AF_INET;
	entry->info.ai_addr = (struct sockaddr *)&entry->sin;
	*listp = &entry->info;
	return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
	free(list);
}

static void hold_names(bool held)
{
	pthread_mutex_lock(&names.lock);
	names.held = held;
	if (held)
		names.asked = 0;
	pthread_cond_broadcast(&names.change);
	pthread_mutex_unlock(&names.lock);
}

static void wait_until_asked(unsigned int times)
{
	pthread_mutex_lock(&names.lock);
	while (names.asked < times)
		pthread_cond_wait(&names.change, &names.lock);
	pthread_mutex_unlock(&names.lock);
}

/* -- a thread's sessions -------------------------------------------------------------------- */

struct member {
	struct pptp_session *session;
	bool up;
	bool over;
	enum pptp_reason reason;
	unsigned int sent;
	unsigned int received;
};

struct worker {
	unsigned int number;
	struct peers *peers;
	struct pptp_hub *hub;
	struct member members[SESSIONS];
	uint16_t call_id; /* the last that was given to a session */
	unsigned int over;
	uint64_t end;
	const char *failure;
	unsigned int frames;
};

static size_t make_frame(uint8_t frame[64], const struct worker *worker, unsigned int member,
			 unsigned int index)
{
	memset(frame, (int)(worker->number * 16 + member), 64);
	frame[63] = (uint8_t)index;
	return 40 + index % 24;
}

/* Call IDs are given, since random ones to one server could be equal outside of a hub. */
static struct pptp_config *make_config(struct worker *worker, bool in_hub)
{
	struct pptp_config *cfg;
	char text[32];

	if (pptp_config_new(&cfg) < 0)
		return NULL;
	snprintf(text, sizeof(text), "%u.test", worker->number);
	pptp_config_set_server(cfg, text);
	snprintf(text, sizeof(text), "127.0.2.%u", worker->number);
	pptp_config_set_local_address(cfg, text);
	pptp_config_set_call_id(cfg, ++worker->call_id);
	if (in_hub)
		pptp_config_set_hub(cfg, worker->hub);
	return cfg;
}

static void begin_sessions(struct worker *worker)
{
	worker->over = 0;
	for (unsigned int i = 0; i < SESSIONS; i++) {
		struct member *member = &worker->members[i];
		struct pptp_config *cfg = make_config(worker, i % 2);

		*member = (struct member){ 0 };
		if (!cfg || pptp_session_new(&member->session, cfg) < 0 ||
		    pptp_session_start(member->session) < 0)
			worker->failure = "a session does not start";
		pptp_config_free(cfg);
	}
}

/* One frame at a time is on its way; after the last the session stops. */
static void send_next(struct worker *worker, unsigned int i)
{
	struct member *member = &worker->members[i];
	uint8_t frame[64];
	size_t len = make_frame(frame, worker, i, member->sent);

	if (!member->up || member->over || member->sent > member->received)
		return;
	if (member->sent++ == FRAMES)
		pptp_session_stop(member->session);
	else if (pptp_session_send_frame(member->session, frame, len) < 0)
		worker->failure = "a frame is not sent";
}

static void take_frames(struct worker *worker, unsigned int i)
{
	struct member *member = &worker->members[i];
	struct pptp_frame got;
	uint8_t frame[64];

	while (pptp_session_pop_frame(member->session, &got)) {
		size_t len = make_frame(frame, worker, i, member->received);

		if (got.len != len || memcmp(got.data, frame, len) != 0)
			worker->failure = "a frame comes back changed, or another session's";
		member->received++;
		worker->frames++;
	}
}

static void take_events(struct worker *worker, struct member *member)
{
	const struct pptp_event *event;

	while ((event = pptp_session_pop_event(member->session))) {
		member->up |= event->type == PPTP_EVENT_CALL_UP;
		if (event->type != PPTP_EVENT_CLOSED)
			continue;
		member->over = true;
		worker->over++;
		if (event->u.down.reason != PPTP_REASON_STOPPED)
			worker->failure = pptp_reason_text(event->u.down.reason);
	}
}

static void serve_sessions(struct worker *worker)
{
	struct pollfd fds[SESSIONS + 2];

	for (unsigned int i = 0; i < SESSIONS; i++)
		fds[i].fd = worker->members[i].over
				    ? -1
				    : pptp_session_get_fd(worker->members[i].session);
	fds[SESSIONS].fd = pptp_hub_get_fd(worker->hub);
	fds[SESSIONS + 1].fd = peers_get_fd(worker->peers);
	for (unsigned int i = 0; i < SESSIONS + 2; i++)
		fds[i].events = POLLIN;
	poll(fds, SESSIONS + 2, 100);
	if (fds[SESSIONS].revents)
		pptp_hub_dispatch(worker->hub);
	if (fds[SESSIONS + 1].revents)
		peers_dispatch(worker->peers);
	for (unsigned int i = 0; i < SESSIONS; i++) {
		if (fds[i].fd < 0 || !fds[i].revents)
			continue;
		pptp_session_dispatch(worker->members[i].session);
		take_events(worker, &worker->members[i]);
		take_frames(worker, i);
		send_next(worker, i);
	}
}

static void *work(void *arg)
{
	struct worker *worker = arg;

	for (unsigned int round = 0; round < ROUNDS && !worker->failure; round++) {
		begin_sessions(worker);
		while (worker->over < SESSIONS && !worker->failure) {
			if (clock_now() > worker->end)
				worker->failure = "it takes too long";
			else
				serve_sessions(worker);
		}
		for (unsigned int i = 0; i < SESSIONS; i++)
			pptp_session_free(worker->members[i].session);
	}
	return NULL;
}

START_TEST(sessions_in_many_threads)
{
	static struct worker workers[THREADS];
	pthread_t threads[THREADS];

	for (unsigned int i = 0; i < THREADS; i++) {
		struct worker *worker = &workers[i];

		worker->number = i + 1;
		worker->end = clock_now() + LIMIT_MS * PPTP_NS_PER_MS;
		worker->peers = peers_new((struct in_addr){ htonl(0x7f000101U + i) });
		ck_assert_int_eq(pptp_hub_new(&worker->hub), 0);
	}
	for (unsigned int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	for (unsigned int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_msg(!workers[i].failure, "thread %u: %s", i, workers[i].failure);
		ck_assert_uint_eq(workers[i].frames, ROUNDS * SESSIONS * FRAMES);
		pptp_hub_free(workers[i].hub);
		peers_free(workers[i].peers);
	}
}
END_TEST

/* -- the resolver's thread ------------------------------------------------------------------ */

static struct pptp_session *start_by_name(void)
{
	struct pptp_config *cfg = new_config();
	struct pptp_session *session;

	ck_assert_int_eq(pptp_config_set_server(cfg, "9.test"), 0);
	ck_assert_int_eq(pptp_session_new(&session, cfg), 0);
	ck_assert_int_eq(pptp_session_start(session), 0);
	pptp_config_free(cfg);
	return session;
}

static void wait_for_descriptors(int count)
{
	uint64_t end = clock_now() + STEP_MS * PPTP_NS_PER_MS;

	while (count_descriptors() != count && clock_now() < end)
		poll(NULL, 0, 1);
	ck_assert_int_eq(count_descriptors(), count);
}

/* Some are stopped first, and all are freed, before the first answer comes. */
START_TEST(freed_before_the_answer)
{
	struct pptp_session *sessions[8];
	const struct pptp_event *event;
	int before = count_descriptors();

	hold_names(true);
	for (unsigned int i = 0; i < 8; i++)
		sessions[i] = start_by_name();
	wait_until_asked(8);
	for (unsigned int i = 0; i < 8; i++) {
		if (i % 2) {
			pptp_session_stop(sessions[i]);
			ck_assert_int_eq(pptp_session_dispatch(sessions[i]), PPTP_ERR_CLOSED);
			do
				ck_assert((event = pptp_session_pop_event(sessions[i])));
			while (event->type != PPTP_EVENT_CLOSED);
		}
		pptp_session_free(sessions[i]);
	}
	/* The threads still hold their own. */
	ck_assert_int_eq(count_descriptors(), before + 8);
	hold_names(false);
	wait_for_descriptors(before);
}
END_TEST

/* The answer and the end come as close together as can be. */
START_TEST(freed_with_the_answer)
{
	int before = count_descriptors();

	for (unsigned int i = 0; i < 300; i++) {
		struct pptp_session *session;
		struct pollfd pfd = { .events = POLLIN };

		hold_names(true);
		session = start_by_name();
		pfd.fd = pptp_session_get_fd(session);
		wait_until_asked(1);
		hold_names(false);
		if (i % 3 == 1)
			pptp_session_dispatch(session);
		if (i % 3 == 2 && poll(&pfd, 1, STEP_MS) == 1)
			pptp_session_dispatch(session);
		pptp_session_free(session);
	}
	wait_for_descriptors(before);
}
END_TEST

const char suite_name[] = "threads";

void add_tests(TCase *tc)
{
	tcase_add_test(tc, sessions_in_many_threads);
	tcase_add_test(tc, freed_before_the_answer);
	tcase_add_test(tc, freed_with_the_answer);
}
