/* SPDX-License-Identifier: ISC */
#include "completion.h"

#include <stdio.h>

#include "fail.h"
#include "keys/holder.h"

/* Help lines stand between single quotes in zsh and fish. */
static void
quoted(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s == '\'')
			(void)fputs("'\\''", stdout);
		else
			(void)putchar(*s);
}

static void
words_of(const char *choices)
{
	for (; *choices != '\0'; choices++)
		(void)putchar(*choices == '|' ? ' ' : *choices);
}

/* "a|b|c", and neither "[D]" nor "FILE|DRAFT [ENCLAVE]". */
static bool
is_choices(const char *s)
{
	return s != NULL && strchr(s, '|') != NULL && strchr(s, '[') == NULL &&
	       strchr(s, ' ') == NULL &&
	       strpbrk(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL;
}

/* What may begin the option's value. */
static bool
has_choices(const struct option *o)
{
	return is_choices(o->value) ||
	       (o->value != NULL && strcmp(o->value, "REF") == 0);
}

/* The first argument is a key. */
static bool
takes_key(const struct command *cmd)
{
	return strncmp(cmd->args + (cmd->args[0] == '['), "REF", 3) == 0;
}

static void
schemes(void)
{
	for (size_t i = 0; i < holder_count; i++)
		(void)printf("%s: ", holders[i]->scheme);
}

static void
choices_of(const struct option *o)
{
	if (is_choices(o->value))
		words_of(o->value);
	else
		schemes();
}

static bool
takes_value(const struct option *o)
{
	return o->value != NULL && o->value[0] != '[';
}

/* each(o) for all options of the row, its own and the global ones */
static void
for_options(const struct command *cmd,
    void (*each)(const struct command *cmd, const struct option *o))
{
	for (size_t i = 0; i < COMMAND_LISTS && cmd->options[i]; i++)
		for (const struct option *o = cmd->options[i]; o->name; o++)
			each(cmd, o);
	for (const struct option *o = options_global; o->name; o++)
		each(cmd, o);
}

static void
bash_name(const struct command *cmd, const struct option *o)
{
	(void)cmd;
	(void)printf(" --%s", o->name);
}

static void
bash_choice(const struct command *cmd, const struct option *o)
{
	if (!has_choices(o))
		return;
	(void)printf("_encl_choice['%s --%s']='", cmd->words, o->name);
	choices_of(o);
	(void)printf("'\n");
}

static const char bash_tail[] =
    "_encl() {\n"
    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} words= w prev next=\n"
    "\tprev=${COMP_WORDS[COMP_CWORD-1]}\n"
    "\tfor w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
    "\t\t[[ $w == -* ]] && break\n"
    "\t\t[[ -n ${_encl_next[${words:-.}]} ]] || break\n"
    "\t\twords=${words:+$words }$w\n"
    "\tdone\n"
    "\tif [[ -n ${_encl_choice[\"$words $prev\"]} ]]; then\n"
    "\t\tnext=${_encl_choice[\"$words $prev\"]}\n"
    "\telif [[ $cur == -* ]]; then\n"
    "\t\tnext=${_encl_option[${words:-.}]}\n"
    "\telse\n"
    "\t\tnext=${_encl_next[${words:-.}]}${_encl_arg[${words:-.}]}\n"
    "\tfi\n"
    "\tmapfile -t COMPREPLY < <(compgen -W \"$next\" -- \"$cur\")\n"
    "\t[[ ${COMPREPLY[0]} == *: ]] && compopt -o nospace 2>/dev/null\n"
    "\treturn 0\n"
    "}\n"
    "complete -o default -F _encl encl\n";

/* The words that may follow each beginning of a command. */
static void
next_words(const char *lead, size_t n)
{
	const char *last = "";
	size_t last_n = 0;

	for (size_t i = 0; i < command_count; i++) {
		const char *w = commands[i].words;
		size_t k;

		if (commands[i].hidden || strncmp(w, lead, n) != 0 ||
		    (n > 0 && w[n] != ' '))
			continue;
		w += n + (n > 0);
		k = strcspn(w, " ");
		if (k == last_n && memcmp(w, last, k) == 0)
			continue;
		(void)printf("%.*s ", (int)k, w);
		last = w;
		last_n = k;
	}
}

/* each(lead, n) for every beginning of a command that more words follow. */
static void
for_leads(void (*each)(const char *lead, size_t n))
{
	each("", 0);
	for (size_t i = 0; i < command_count; i++) {
		const char *w = commands[i].words;

		for (size_t n = strcspn(w, " "); w[n] != '\0';
		     n += 1 + strcspn(w + n + 1, " "))
			if (!commands[i].hidden &&
			    (i == 0 ||
				strncmp(w, commands[i - 1].words, n + 1) != 0))
				each(w, n);
	}
}

static void
bash_lead(const char *lead, size_t n)
{
	(void)printf("_encl_next['%.*s']='", n > 0 ? (int)n : 1,
	    n > 0 ? lead : ".");
	next_words(lead, n);
	(void)printf("'\n");
}

static void
bash_tables(void)
{
	(void)printf("declare -gA _encl_next _encl_option _encl_choice "
		     "_encl_arg\n");
	for_leads(bash_lead);
	for (size_t i = 0; i < command_count; i++) {
		const struct command *cmd = &commands[i];

		if (cmd->hidden)
			continue;
		(void)printf("_encl_option['%s']='", cmd->words);
		for_options(cmd, bash_name);
		(void)printf("'\n");
		for_options(cmd, bash_choice);
		if (is_choices(cmd->args)) {
			(void)printf("_encl_arg['%s']='", cmd->words);
			words_of(cmd->args);
			(void)printf("'\n");
		} else if (takes_key(cmd)) {
			(void)printf("_encl_arg['%s']='", cmd->words);
			schemes();
			(void)printf("'\n");
		}
	}
}

static void
zsh_option(const struct command *cmd, const struct option *o)
{
	(void)cmd;
	(void)printf(" '--%s", o->name);
	if (o->value != NULL)
		(void)putchar(takes_value(o) ? '=' : ' ');
	(void)putchar('\'');
}

static void
zsh_choice(const struct command *cmd, const struct option *o)
{
	if (!has_choices(o))
		return;
	if (is_choices(o->value))
		(void)printf("\t'%s --%s') compadd -- ", cmd->words, o->name);
	else
		(void)printf("\t'%s --%s') _files; compadd -S '' -- ",
		    cmd->words, o->name);
	choices_of(o);
	(void)printf("; return ;;\n");
}

static void
zsh_next(const char *lead, size_t n)
{
	(void)printf("\t'%.*s') next=(", (int)n, lead);
	next_words(lead, n);
	(void)printf(") ;;\n");
}

static void
zsh(void)
{
	(void)printf("#compdef encl\n_encl() {\nlocal w lead= prev=$words"
		     "[CURRENT-1]; local -a next opts\n"
		     "for w in ${words[2,CURRENT-1]}; do\n"
		     "\t[[ $w == -* ]] && break\n\tlead=${lead:+$lead }$w\n"
		     "done\ncase \"$lead $prev\" in\n");
	for (size_t i = 0; i < command_count; i++)
		if (!commands[i].hidden)
			for_options(&commands[i], zsh_choice);
	(void)printf("esac\ncase $lead in\n");
	for_leads(zsh_next);
	(void)printf("esac\ncase $lead in\n");
	for (size_t i = 0; i < command_count; i++) {
		if (commands[i].hidden)
			continue;
		(void)printf("'%s'*) opts=(", commands[i].words);
		for_options(&commands[i], zsh_option);
		(void)printf(") ");
		if (is_choices(commands[i].args)) {
			(void)printf("next=(");
			words_of(commands[i].args);
			(void)printf(") ");
		}
		(void)printf(";;\n");
	}
	(void)printf("esac\n(( $#next )) && compadd -- $next\n"
		     "[[ $PREFIX == -* ]] && compadd -- ${opts%%[= ]}\n"
		     "(( $#next )) || [[ $PREFIX == -* ]] || _files\n}\n"
		     "compdef _encl encl\n");
}

static void
fish_option(const struct command *cmd, const struct option *o)
{
	(void)printf("complete -c encl -n '__encl_is \"%s\"' -l %s", cmd->words,
	    o->name);
	if (o->letter != 0)
		(void)printf(" -s %c", o->letter);
	if (takes_value(o))
		(void)printf(" -r");
	if (has_choices(o)) {
		(void)printf("%s -a '", is_choices(o->value) ? " -f" : "");
		choices_of(o);
		(void)putchar('\'');
	}
	(void)printf(" -d '");
	quoted(o->help);
	(void)printf("'\n");
}

static void
fish_lead(const char *lead, size_t n)
{
	(void)printf("complete -c encl -n '__encl_at \"%.*s\"' -f -a '", (int)n,
	    lead);
	next_words(lead, n);
	(void)printf("'\n");
}

static void
fish(void)
{
	(void)printf(
	    "function __encl_lead\n\tset -l w (commandline -opc)[2..-1]\n"
	    "\tset -l lead\n\tfor i in $w\n\t\tstring match -q -- '-*' $i; "
	    "and break\n\t\tset lead $lead $i\n\tend\n\tstring join ' ' -- "
	    "$lead\nend\n"
	    "function __encl_at\n\tset -l lead (__encl_lead)\n"
	    "\ttest \"$lead\" = \"$argv[1]\"\nend\n"
	    "function __encl_is\n\tstring match -q -- \"$argv[1]*\" "
	    "(__encl_lead)\nend\n");
	for_leads(fish_lead);
	for (size_t i = 0; i < command_count; i++) {
		const struct command *cmd = &commands[i];

		if (cmd->hidden)
			continue;
		if (is_choices(cmd->args)) {
			(void)printf("complete -c encl -n '__encl_at \"%s\"' "
				     "-f -a '",
			    cmd->words);
			words_of(cmd->args);
			(void)printf("'\n");
		} else if (takes_key(cmd)) {
			(void)printf("complete -c encl -n '__encl_at \"%s\"' "
				     "-a '",
			    cmd->words);
			schemes();
			(void)printf("'\n");
		}
		for_options(cmd, fish_option);
	}
}

enum err
completion_run(struct cli *c)
{
	const char *shell = command_arg(c, 0);

	if (strcmp(shell, "bash") == 0) {
		bash_tables();
		(void)fputs(bash_tail, stdout);
	} else if (strcmp(shell, "zsh") == 0) {
		zsh();
	} else if (strcmp(shell, "fish") == 0) {
		fish();
	} else {
		return fail_with(ERR_USAGE, "\"%s\" is not bash, zsh or fish.",
		    shell);
	}
	return OK;
}
