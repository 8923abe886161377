/* SPDX-License-Identifier: ISC */
/* image_files DIR: writes small images, sound and broken, for the corpus of
 * tests/fuzz/fuzz_image.c. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/image.h"

static uint8_t file[IMAGE_MAX], section[EIF_SIGNATURE_MAX];

static void
save(const char *dir, const char *name, struct span s)
{
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (f == NULL || fwrite(s.p, 1, s.n, f) != s.n || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

int
main(int argc, char **argv)
{
	static const char *const names[] = { "p256", "p384", "p521" };
	struct image i = image_plain(), broken;
	struct registers r;

	if (argc != 2)
		return 2;
	save(argv[1], "plain", image_bytes(&i, file));
	image_registers(&i, &r);
	for (enum image_curve c = IMAGE_P256; c <= IMAGE_P521; c++) {
		struct image_signature s = { c, c, 0, r.value[0], false, 1 };
		struct image with = i;
		char name[16];

		with.section[with.n++] = (struct image_section){ EIF_SIGNATURE,
			0, image_sign(&s, section) };
		save(argv[1], names[c], image_bytes(&with, file));
		(void)snprintf(name, sizeof name, "section-%s", names[c]);
		save(argv[1], name, with.section[with.n - 1].data);
	}
	broken = i;
	broken.count = -1;
	save(argv[1], "count", image_bytes(&broken, file));
	broken = i;
	broken.resize = 1;
	save(argv[1], "size", image_bytes(&broken, file));
	broken = i;
	broken.version = 3;
	save(argv[1], "version", image_bytes(&broken, file));
	broken = i;
	broken.n--;
	save(argv[1], "one-ramdisk", image_bytes(&broken, file));
	return 0;
}
