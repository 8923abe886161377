# SPDX-License-Identifier: ISC
# make            everything, into build/bin
# make run        the whole system on this machine, from nothing
# make demo       the story of one upgrade, six attacks, five dishonest servers
# make check      all tests
# make install    programs, manual pages and units, below PREFIX
# make bench | fuzz | soak | mutants    longer runs
# Variables: V=1 (show commands)  SAN=address,undefined  BUILD=dir  CC=...
#   YKPERS=0 (without libykpers: no sealed: keys)

BUILD ?= build
CC ?= cc
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-5s %s\n' '$(1)' '$(2)')

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wcast-qual -Wpointer-arith -Wwrite-strings -Wstrict-prototypes \
	-Wmissing-prototypes -Wformat=2 -Wundef -Wvla -Wswitch-enum -Werror
ifeq ($(findstring clang,$(CC)),)
WARN += -Wnull-dereference
ZERO := -ftrivial-auto-var-init=zero
endif
OPT := -O2 -g
HARD := -fstack-protector-strong -fstack-clash-protection -fcf-protection \
	$(ZERO) -fno-strict-aliasing -fPIE
ifdef SAN
OPT := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) \
	-fno-sanitize-recover=all
LDSAN := -fsanitize=$(SAN)
else
HARD += -D_FORTIFY_SOURCE=3
endif

YKPERS ?= 1
# encl loads the libraries of key devices when it first needs them.
PKGS := libmicrohttpd jansson libsodium libpq libcrypto yaml-0.1 libcurl \
	libseccomp libpcsclite p11-kit-1 $(if $(filter 1,$(YKPERS)),ykpers-1)
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
CPPFLAGS += -D_DEFAULT_SOURCE -D_FILE_OFFSET_BITS=64 -DYKPERS=$(YKPERS) -I.
CFLAGS += -std=c11 $(OPT) $(WARN) $(HARD) $(PKG_CFLAGS)
LDFLAGS += $(LDSAN) -pie -Wl,-z,relro,-z,now -pthread

CRYPTO_LIBS := -lsodium -lcrypto -lhogweed -lnettle -lgmp
SERVER_LIBS := -lmicrohttpd -lcurl -ljansson -lyaml -lpq $(CRYPTO_LIBS)
# encl opens libcurl when it first needs it; linked, it would cost each start.
CLI_LIBS := -Wl,--as-needed -lcurl -ljansson -lyaml -lz $(CRYPTO_LIBS)
SIGNER_LIBS := -lseccomp $(CRYPTO_LIBS)
WITNESS_LIBS := -lmicrohttpd -lseccomp $(CRYPTO_LIBS)
AGENT_LIBS := -lmicrohttpd -lcurl -ljansson $(CRYPTO_LIBS)

# A folder is a library; the files named here are programs of their own.
MAINS := server/main.c signer/main.c witness/main.c cli/main.c \
	enclave/countersign_main.c enclave/agent_main.c
FOLDERS := chain system image definition kms view server signer witness cli \
	enclave
src = $(filter-out $(MAINS),$(wildcard $(1)/*.c $(1)/*/*.c))
obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
# Sources that the build makes, as members of their folder's library.
made = $(if $(filter server,$(1)),$(BUILD)/obj/made/migrate_files.o)
lib = $(BUILD)/lib/libencl_$(1).a

BINS :=
bin = $(if $(wildcard $(2)),$(eval BINS += $(BUILD)/bin/$(1)))
$(call bin,encld,server/main.c)
$(call bin,encl-signer,signer/main.c)
$(call bin,encl-witness,witness/main.c)
$(call bin,encl,cli/main.c)
$(call bin,encl-countersign,enclave/countersign_main.c)
$(call bin,encl-agent,enclave/agent_main.c)

.PHONY: all man
all: $(BINS) man

# Manual pages, printed from the tables of commands.
man: $(BUILD)/man/encl.1 $(BUILD)/man/encl-witness.1
$(BUILD)/man/encl-witness.1: $(BUILD)/bin/encl-witness
	@mkdir -p $(@D)
	$(call say,MAN,$@)
	$(Q)$< man >$@.new && mv $@.new $@
$(BUILD)/man/encl.1: $(BUILD)/bin/encl
	@mkdir -p $(@D)
	$(call say,MAN,$(@D))
	$(Q)$< man $(@D)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(EXTRA_CFLAGS) -MMD -MP -c -o $@ $<

SQL := $(sort $(wildcard sql/*.sql))
$(BUILD)/made/migrate_files.c: sql/embed $(SQL)
	@mkdir -p $(@D)
	$(call say,MAKE,$@)
	$(Q)sql/embed $(SQL) >$@.new && mv $@.new $@
$(BUILD)/obj/server/openapi_embed.o: openapi/encl.json
$(BUILD)/obj/made/%.o: $(BUILD)/made/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

define folder_rule
$(call lib,$(1)): $(call obj,$(call src,$(1))) $(call made,$(1))
	@mkdir -p $$(@D)
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && ar rcs $$@ $$^
endef
$(foreach f,$(FOLDERS),$(eval $(call folder_rule,$(f))))

link = $(call say,LD,$@)$(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS) -o $@ $^

$(BUILD)/bin/encld: $(call obj,server/main.c) $(foreach l,server signer view kms definition system chain,$(call lib,$(l)))
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(SERVER_LIBS)
$(BUILD)/bin/encl-signer: $(call obj,signer/main.c) $(foreach l,signer system chain,$(call lib,$(l)))
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(SIGNER_LIBS)
$(BUILD)/bin/encl-witness: $(call obj,witness/main.c) $(foreach l,witness system chain,$(call lib,$(l)))
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(WITNESS_LIBS)
$(BUILD)/bin/encl: $(call obj,cli/main.c) $(foreach l,cli image view kms definition enclave system chain,$(call lib,$(l)))
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(CLI_LIBS)
# It is measured with the image that it runs in, and needs no more than chain/.
$(BUILD)/bin/encl-countersign: $(call obj,enclave/countersign_main.c) $(foreach l,enclave system chain,$(call lib,$(l)))
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(CRYPTO_LIBS)
$(BUILD)/bin/encl-agent: $(call obj,enclave/agent_main.c) $(foreach l,enclave system chain,$(call lib,$(l)))
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(AGENT_LIBS)

# libencl: the verifier for programs outside this tree.  Everything but encl_*
# becomes local to the one object in the archive.
PREFIX ?= /usr/local
LIBENCL_VERSION := 1.0.0
LIBENCL := $(BUILD)/lib/libencl.a
LIBENCL_PC := $(BUILD)/lib/pkgconfig/encl.pc
$(LIBENCL): $(call obj,$(call src,chain))
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)$(LD) -r -o $(BUILD)/obj/libencl.o $^
	$(Q)objcopy -w --keep-global-symbol='encl_*' $(BUILD)/obj/libencl.o
	$(Q)rm -f $@ && ar rcs $@ $(BUILD)/obj/libencl.o

encl_pc = printf '%s\n' 'prefix=$(1)' 'Name: encl' 'Version: $(LIBENCL_VERSION)' \
	'Description: verifies upgrade chains of enclaves' \
	'Cflags: -I$(2)' 'Libs: -L$(3) -lencl $(CRYPTO_LIBS)'
$(LIBENCL_PC): Makefile
	@mkdir -p $(@D)
	$(Q)$(call encl_pc,$(CURDIR),$(CURDIR)/chain,$(abspath $(BUILD))/lib) >$@

.PHONY: libencl install-libencl
libencl: $(LIBENCL) $(LIBENCL_PC)

install-libencl: libencl
	install -d $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(PREFIX)/lib/pkgconfig
	install -m 644 chain/encl.h $(DESTDIR)$(PREFIX)/include/
	install -m 644 $(LIBENCL) $(DESTDIR)$(PREFIX)/lib/
	$(call encl_pc,$(PREFIX),$${prefix}/include,$${prefix}/lib) \
		>$(DESTDIR)$(PREFIX)/lib/pkgconfig/encl.pc

# Everything that an operator needs on a machine, below PREFIX.
.PHONY: install
install: all
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin share/man/man1 \
		share/doc/encl lib/systemd/system)
	install -m 755 $(BINS) $(DESTDIR)$(PREFIX)/bin/
	install -m 644 $(BUILD)/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 docs/*.md $(DESTDIR)$(PREFIX)/share/doc/encl/
	for u in deploy/systemd/*.service; do \
		sed 's|/usr/|$(PREFIX)/|g' $$u \
			>$(DESTDIR)$(PREFIX)/lib/systemd/system/$${u##*/} || exit; \
	done

# Unit tests: one program per tests/unit/*.c and tests/vectors/*.c; other
# files there that no test may lack (builders of test data) are tests/lib/*.c.
TEST_SRC := $(wildcard tests/unit/*.c tests/vectors/*.c)
TEST_BINS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(TEST_SRC))
TEST_UNIT := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*.c))
TEST_LIB := $(call obj,$(wildcard tests/lib/*.c))
TEST_ARCH := $(foreach l,$(filter-out chain,$(FOLDERS)) chain,$(call lib,$(l)))
TEST_LINK = $(TEST_LIB) -Wl,--start-group $(TEST_ARCH) -Wl,--end-group \
	-lcheck -lsubunit -lm -lrt -lmicrohttpd -lpq -lseccomp $(CLI_LIBS)
$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(TEST_LIB) $(TEST_ARCH)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $< $(TEST_LINK)

# Programs that tests and benches run: tests/tools/*.c and tests/bench/*.c.
TOOL_BINS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/tools/*.c \
	tests/bench/*.c))

# Devices for tests, below the unmodified libraries that drive them: a YubiKey
# as libusb, a PIV card as libpcsclite.  LD_LIBRARY_PATH=$(BUILD)/tests/virtual
# plugs them in.
virtual = $(if $(wildcard tests/virtual/$(1)*.c),$(BUILD)/tests/virtual/$(2))
VIRTUAL := $(if $(filter 1,$(YKPERS)),$(call virtual,yubikey,libusb-1.0.so.0)) \
	$(call virtual,piv,libpcsclite.so.1)
VIRTUAL_FLAGS = $(filter-out -fPIE -fsanitize%,$(CFLAGS)) -fPIC -shared \
	-fvisibility=hidden $(shell pkg-config --cflags libusb-1.0 2>/dev/null)
$(BUILD)/tests/virtual/libusb-1.0.so.0: $(wildcard tests/virtual/yubikey*.[ch])
$(BUILD)/tests/virtual/libpcsclite.so.1: $(wildcard tests/virtual/piv*.[ch] \
	tests/lib/piv_cert.[ch])
$(BUILD)/tests/virtual/%:
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CPPFLAGS) $(VIRTUAL_FLAGS) -Wl,-soname,$(@F) -o $@ \
		$(filter %.c,$^) -lcrypto

.PHONY: tests tools
tests: $(TEST_BINS) tools
tools: $(TOOL_BINS) $(VIRTUAL)

# Fuzz targets: tests/fuzz/fuzz_NAME.c with its corpus tests/fuzz/corpus/NAME.
# `make fuzz` runs each for FUZZ_TIME seconds, `make fuzz-NAME` one; what they
# find stays in $(BUILD)/fuzz.  `make replay` gives each its committed corpus.
FUZZ_TIME ?= 60
FUZZ_CC ?= clang-14
FUZZ_SAN := address,undefined
FUZZ_NAMES := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_FLAGS := -std=c11 -O1 -g -fno-omit-frame-pointer -fno-strict-aliasing \
	-fno-sanitize-recover=all $(PKG_CFLAGS)
fuzz_obj = $(patsubst %.c,$(BUILD)/fuzz/obj/%.o,$(1))

$(BUILD)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$< (fuzz))
	$(Q)$(FUZZ_CC) $(CPPFLAGS) $(FUZZ_FLAGS) \
		-fsanitize=fuzzer-no-link,$(FUZZ_SAN) -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/all.a: $(call fuzz_obj,$(foreach f,$(FOLDERS),$(call src,$(f))))
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/fuzz/fuzz_%: $(BUILD)/fuzz/obj/tests/fuzz/fuzz_%.o $(BUILD)/fuzz/all.a
	$(call say,LD,$@)
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer,$(FUZZ_SAN) -pthread -o $@ $^ \
		-lmicrohttpd -lpq -lseccomp $(CLI_LIBS)

.PHONY: fuzz replay $(addprefix fuzz-,$(FUZZ_NAMES))
fuzz: $(addprefix fuzz-,$(FUZZ_NAMES))
$(addprefix fuzz-,$(FUZZ_NAMES)): fuzz-%: $(BUILD)/fuzz/fuzz_%
	@mkdir -p $(BUILD)/fuzz/corpus/$* tests/fuzz/corpus/$*
	@if $< -max_total_time=$(FUZZ_TIME) -timeout=10 -rss_limit_mb=2048 \
		-artifact_prefix=$(BUILD)/fuzz/$*- -print_final_stats=1 \
		$(BUILD)/fuzz/corpus/$* tests/fuzz/corpus/$* \
		>$(BUILD)/fuzz/$*.log 2>&1; \
	then sed -n 's/^stat::number_of_executed_units: */ok fuzz $* runs /p' \
		$(BUILD)/fuzz/$*.log; \
	else tail -n 40 $(BUILD)/fuzz/$*.log; echo "not ok fuzz $*"; exit 1; fi

REPLAY_BINS := $(addprefix $(BUILD)/replay/,$(FUZZ_NAMES))
$(BUILD)/replay/%: $(BUILD)/obj/tests/fuzz/fuzz_%.o \
		$(BUILD)/obj/tests/fuzz/replay.o $(TEST_ARCH)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group \
		$(TEST_ARCH) -Wl,--end-group -lmicrohttpd -lpq -lseccomp $(CLI_LIBS)

replay: $(REPLAY_BINS)
	@BUILD=$(BUILD) tests/run $^

# What `make check` runs: unit tests, vectors, the fuzz corpus and the scripts
# below tests/ that may be executed; then the unit tests again with sanitizers.
# JOBS: how many at once.
CHECK_SCRIPTS = $(sort $(shell find tests/style tests/sql tests/cli tests/api \
	tests/deploy -maxdepth 1 -type f -perm -u+x -name '*.sh')) \
	tests/fault/soak.sh tests/fault/replay.sh tests/fault/disk-full.sh \
	tests/fault/witness.sh tests/fault/witness-disk.sh \
	tests/fault/witnesses.sh
SANITIZED := $(BUILD)/sanitized

.PHONY: check check-built
check:
	@scripts/deps check
	@+$(MAKE) --no-print-directory all tests $(REPLAY_BINS)
	@+$(MAKE) --no-print-directory check-sanitized-built \
		BUILD=$(SANITIZED) SAN=address,undefined
	@+$(MAKE) --no-print-directory check-built

check-built: all tests $(REPLAY_BINS)
	@BUILD=$(BUILD) tests/run $(CHECK_SCRIPTS) $(TEST_BINS) $(REPLAY_BINS) \
		$(patsubst $(BUILD)/%,$(SANITIZED)/%,$(TEST_UNIT))

.PHONY: check-sanitized-built
check-sanitized-built: $(TEST_UNIT)

# Breaks one rule at a time; a unit test must notice each.
.PHONY: mutants
mutants: $(TEST_UNIT)
	@BUILD=$(BUILD) CC='$(CC)' TEST_LINK='$(TEST_LINK)' tests/fault/mutate.sh

# Kills, races and faults, many rounds of what make check does a few of.
SOAK_ROUNDS ?= 40
.PHONY: soak
soak:
	@scripts/deps check
	@+$(MAKE) --no-print-directory all tools
	@SOAK_ROUNDS=$(SOAK_ROUNDS) BUILD=$(BUILD) tests/run \
		tests/fault/soak.sh tests/fault/replay.sh tests/fault/disk-full.sh \
		tests/fault/witness.sh tests/fault/witness-disk.sh \
		tests/fault/witnesses.sh

# Figures, side by side in one run: tests/bench/run.sh.
.PHONY: bench
bench:
	@scripts/deps bench
	@+$(MAKE) --no-print-directory -j$$(nproc) all tools
	@BUILD=$(BUILD) tests/bench/run.sh

.PHONY: deps demo run
deps:
	@scripts/deps run
demo: deps
	@+$(MAKE) --no-print-directory -j$$(nproc) all tools
	@BUILD=$(BUILD) scripts/demo
run: deps
	@+$(MAKE) --no-print-directory -j$$(nproc) all
	@BUILD=$(BUILD) scripts/dev

.SECONDARY: # keep objects that only a chain of rules made

.PHONY: clean
clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj $(BUILD)/fuzz/obj -name '*.d' 2>/dev/null)
