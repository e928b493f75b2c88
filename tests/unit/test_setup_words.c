/* SPDX-License-Identifier: MIT */
/* Words of pppd's files: what pppd makes of a text, and names that are quoted for it. */
#include "run_suite.h"

#include <string.h>

#include "setup/words.h"

/* A text, its first line's words by the rules of pppd(8), and where that line ends. */
static const struct {
	const char *text;
	unsigned int count;
	const char *words[WORDS_KEPT];
	const char *rest;
} rows[] = {
	{ "a b c\nd", 3, { "a", "b", "c" }, "d" },
	{ "\n# comment \\\n\t \r\v\f\n  a\tb", 2, { "a", "b" }, "" },
	{ "a #b\nc", 1, { "a" }, "c" },
	{ "a#b\nc", 1, { "a" }, "c" },
	{ "\"a#b\" 'c # d'\n", 2, { "a#b", "c # d" }, "" },
	{ "a\"b c\"d'e f'\n", 1, { "ab cde f" }, "" },
	{ "'a\"b' \"c'd\"\n", 2, { "a\"b", "c'd" }, "" },
	{ "\"a\\\"b\" 'c\\'d' \\\"e\n", 3, { "a\"b", "c'd", "\"e" }, "" },
	{ "DOM\\\\u a\\ b \\#c\n", 3, { "DOM\\u", "a b", "#c" }, "" },
	{ "\\a\\b\\f\\n\\r\\s\\t \\q\n", 2, { "\a\b\f\n\r \t", "q" }, "" },
	{ "\\101\\60\\1015 \\377\\18\n", 2, { "A0A5", "\377\0018" }, "" },
	{ "\\x41\\x4g\\x4a4 \\xFF\n", 2, { "A\x04gJ4", "\xff" }, "" },
	{ "a\\\nb \\\n c\nd", 2, { "ab", "c" }, "d" },
	{ "\\\na b\nc", 2, { "a", "b" }, "c" },
	{ "\"a\nb\" c\nd", 2, { "a\nb", "c" }, "d" },
	{ "\"\" b\n", 2, { "", "b" }, "" },
	{ "a \"\"", 1, { "a" }, "" },
	{ "a b\\", 2, { "a", "b" }, "" },
	{ "a \\", 1, { "a" }, "" },
	{ "a \"b", 2, { "a", "b" }, "" },
	{ "1 2 3 4 5 6\n7", 6, { "1", "2", "3", "4" }, "7" },
	{ "# only\n \n", 0, { NULL }, "" },
	{ "", 0, { NULL }, "" },
};

START_TEST(words_of_a_line)
{
	struct word_reader reader = { rows[_i].text, strlen(rows[_i].text), 0 };
	struct word_line line;

	ck_assert_int_eq(word_line_next(&reader, &line), rows[_i].count > 0);
	ck_assert_uint_eq(line.count, rows[_i].count);
	for (unsigned int i = 0; i < WORDS_KEPT && rows[_i].words[i]; i++)
		ck_assert_str_eq(line.word[i], rows[_i].words[i]);
	ck_assert_str_eq(rows[_i].text + reader.at, rows[_i].rest);
}
END_TEST

START_TEST(long_words_are_cut)
{
	char text[WORD_MAX + 20];
	struct word_reader reader = { text, sizeof(text), 0 };
	struct word_line line;

	memset(text, 'x', sizeof(text));
	ck_assert(word_line_next(&reader, &line));
	ck_assert_uint_eq(strlen(line.word[0]), WORD_MAX);
	ck_assert_uint_eq(reader.at, sizeof(text));
}
END_TEST

static const struct {
	const char *word;
	const char *quoted;
} names[] = {
	{ "me", "me" },
	{ "me@example.org", "me@example.org" },
	{ "DOMAIN\\user", "\"DOMAIN\\\\user\"" },
	{ "a b", "\"a b\"" },
	{ "#a", "\"#a\"" },
	{ "a\"b", "\"a\\\"b\"" },
	{ "it's", "\"it's\"" },
	{ "\\", "\"\\\\\"" },
	{ "", "\"\"" },
	{ "*", "\"*\"" },
	{ "b\303\266se", "\"b\303\266se\"" },
	{ "\t1\r\0337\177", "\"\\0111\\015\\0337\\177\"" },
};

START_TEST(names_are_quoted)
{
	char quoted[64];
	const char *end = word_quote(quoted, names[_i].word);

	ck_assert_str_eq(quoted, names[_i].quoted);
	ck_assert_ptr_eq(end, quoted + strlen(quoted));
}
END_TEST

/* Every pair of octets but null and line feed, and a word after it. */
START_TEST(quoted_names_are_read_back)
{
	for (int first = 1; first < 256; first++) {
		for (int second = 1; second < 256; second++) {
			char word[3] = { (char)first, (char)second, '\0' };
			char text[WORD_QUOTED_SIZE(2) + 8];
			struct word_reader reader = { text, 0, 0 };
			struct word_line line;
			char *end = word_quote(text, word);

			ck_assert_uint_lt((size_t)(end - text), WORD_QUOTED_SIZE(2));
			memcpy(end, " end\n", 6);
			reader.length = strlen(text);
			ck_assert(word_line_next(&reader, &line));
			ck_assert_uint_eq(line.count, 2);
			ck_assert_str_eq(line.word[0], word);
			ck_assert_str_eq(line.word[1], "end");
			ck_assert_uint_eq(reader.at, reader.length);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("setup_words");
	TCase *words = tcase_create("words");

	tcase_add_loop_test(words, words_of_a_line, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(words, long_words_are_cut);
	tcase_add_loop_test(words, names_are_quoted, 0, (int)(sizeof(names) / sizeof(names[0])));
	tcase_add_test(words, quoted_names_are_read_back);
	suite_add_tcase(suite, words);
	return run_suite(suite);
}
