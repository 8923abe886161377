/* SPDX-License-Identifier: ISC */
#include "key_folder.h"

#include <sys/stat.h>

#include <dirent.h>
#include <stdlib.h>

#include "cli/conf.h"
#include "cli/fail.h"
#include "cli/file.h"
#include "cli/mem.h"

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

void
key_folder_each(const struct ui *ui, size_t max,
    void (*each)(void *ctx, const char *path, struct span text), void *ctx)
{
	const char *dir = command_arg(ui->c, 0);
	struct dirent **entry;
	int n;

	if (dir == NULL)
		dir = conf_path("keys");
	n = scandir(dir, &entry, NULL, by_name);
	for (int i = 0; i < n; i++) {
		char *path = mem_printf("%s/%s", dir, entry[i]->d_name);
		struct span text;
		struct stat st;

		free(entry[i]);
		if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
		    file_read(path, max, &text) == OK)
			each(ctx, path, text);
		else
			fail_forget();
	}
	if (n >= 0)
		free(entry);
}
