/* SPDX-License-Identifier: ISC */
#ifndef ARCHIVE_LIB_H
#define ARCHIVE_LIB_H

#include <archive.h>
#include <archive_entry.h>

#include "chain/err.h"
#include "chain/span.h"

/*
 * libarchive, opened when an archive is first read: linked, it and what it
 * needs would cost each start of the program.
 */
#define ARCHIVE_LIB_EACH(F) \
	F(archive_entry_filetype) \
	F(archive_entry_gid) \
	F(archive_entry_hardlink) \
	F(archive_entry_hardlink_utf8) \
	F(archive_entry_pathname) \
	F(archive_entry_pathname_utf8) \
	F(archive_entry_perm) \
	F(archive_entry_size) \
	F(archive_entry_sparse_count) \
	F(archive_entry_symlink) \
	F(archive_entry_symlink_utf8) \
	F(archive_entry_uid) \
	F(archive_entry_xattr_count) \
	F(archive_filter_bytes) \
	F(archive_filter_code) \
	F(archive_read_data_block) \
	F(archive_read_data_skip) \
	F(archive_read_free) \
	F(archive_read_new) \
	F(archive_read_next_header) \
	F(archive_read_open1) \
	F(archive_read_set_callback_data) \
	F(archive_read_set_read_callback) \
	F(archive_read_set_skip_callback) \
	F(archive_read_support_filter_gzip) \
	F(archive_read_support_filter_zstd) \
	F(archive_read_support_format_tar) \
	F(archive_set_error)

struct archive_lib {
#define ARCHIVE_LIB_MEMBER(name) __typeof__(name) *name;
	ARCHIVE_LIB_EACH(ARCHIVE_LIB_MEMBER)
#undef ARCHIVE_LIB_MEMBER
};

/* ERR_ARCHIVE_LIBRARY. */
MUST_USE enum err archive_lib_load(const struct archive_lib **lib);

#endif
