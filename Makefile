# SPDX-License-Identifier: GPL-2.0-only
#
#   make              build/twtrace                  V=1    show the commands (V=0: nothing)
#   sudo make run     install packages, build, trace SAN=1  ASan + UBSan, in build-san
#   sudo make test    ... and run every test         STATIC=1  one static binary, in build-static
#   make help         all targets           ARCH=arm64  for that machine, in build-arm64
#
# One makefile for everything, output only below $(O). Sources are found by name: a new file anywhere below user/
# or tests/unit/, or in tests/{fuzz,tools,bench}/, needs no line here.

VERSION_BASE := 0.2.0

ifneq ($(origin ARCH),command line)
override ARCH :=
endif
O          ?= build$(if $(ARCH),-$(ARCH))$(if $(SAN),-san)$(if $(STATIC),-static)
PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
MANDIR     ?= $(PREFIX)/share/man
DOCDIR     ?= $(PREFIX)/share/doc/twtrace
# Where each shell looks for completions.
BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR  ?= $(PREFIX)/share/zsh/site-functions
FISHCOMPDIR ?= $(PREFIX)/share/fish/vendor_completions.d
CLANG      ?= clang
LLVM_STRIP ?= $(shell command -v llvm-strip || ls /usr/bin/llvm-strip-* /usr/lib/llvm*/bin/llvm-strip 2>/dev/null | tail -n1)
PKG_CONFIG ?= pkg-config
# Seconds of new inputs for each fuzz target. Empty: a few thousand that are the same each time.
FUZZ_SECONDS ?=
# With TEST=name, test-live runs only tests/live/name.bats, or those test cases whose name contains it.
TEST       ?=

ifeq ($(origin CC),default)
CC := gcc
endif

# Ubuntu's bpftool is a wrapper that refuses to run where the tools of the running kernel are not installed.
BPFTOOL ?= $(shell for b in bpftool /usr/sbin/bpftool /usr/lib/linux-tools/*/bpftool /usr/lib/linux-tools-*/bpftool; do \
	"$$b" version >/dev/null 2>&1 && { echo "$$b"; break; }; done)

ifeq ($(V),1)
Q :=
msg =
else
Q := @
msg = @$(if $(filter 0,$(V)),,printf '  %-8s %s\n' $(1) $(2);)
MAKEFLAGS += --no-print-directory
endif

# --- flags ------------------------------------------------------------------------------------------------------------

# Names of machines: Debian's, as ARCH=... and elsewhere here; uname's, compilers' and libbpf's by this table.
MACHINE   := $(patsubst x86_64,amd64,$(patsubst aarch64,arm64,$(shell uname -m)))
TARGET    := $(patsubst x86_64,amd64,$(patsubst aarch64,arm64,$(or $(ARCH),$(MACHINE))))
BPF_ARCH  := $(patsubst amd64,x86,$(patsubst ppc64le,powerpc,$(patsubst s390x,s390,$(TARGET))))

# Another machine's program: Debian's cross compiler, and its packages for that machine, unpacked in a cache.
ifneq ($(TARGET),$(MACHINE))
CROSS     := $(patsubst amd64,x86_64,$(patsubst arm64,aarch64,$(TARGET)))-linux-gnu
ifeq ($(CC),gcc)
CC        := $(CROSS)-gcc
AR        := $(CROSS)-ar
endif
SYSROOT    = $(eval SYSROOT := $$(or $$(shell tests/lib/sysroot.sh $(TARGET)),$$(error no libraries for $(TARGET))))$(SYSROOT)
override PKG_CONFIG = PKG_CONFIG_SYSROOT_DIR=$(SYSROOT) PKG_CONFIG_LIBDIR=$(SYSROOT)/usr/lib/$(CROSS)/pkgconfig pkg-config
endif

# Debian keeps <asm/types.h> in a folder named after the architecture, which clang -target bpf does not search.
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)
BPFFLAGS   = -target bpf -g -O2 -Wall -Werror -mcpu=v3 -D__TARGET_ARCH_$(BPF_ARCH) -Ibpf -Ivmlinux \
	-idirafter $(if $(CROSS),$(SYSROOT))/usr/include/$(MULTIARCH)

WARN      := -Wall -Wextra -Wshadow -Wformat=2 -Wmissing-prototypes -Wstrict-prototypes
CFLAGS    ?= -O2 -g
INCLUDES  := -D_GNU_SOURCE= -Ibpf -Iuser -Itests -I$(O)
SANFLAGS  := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
# No fused multiply and add, which some machines have and others have not: a recording's numbers are the same on all of them.
ALLFLAGS   = $(if $(CROSS),--sysroot=$(SYSROOT)) -std=gnu11 -ffp-contract=off $(WARN) $(CFLAGS) $(INCLUDES) $(CPPFLAGS) $(if $(SAN),$(SANFLAGS))
ALLLDFLAGS = $(LDFLAGS) $(if $(SAN),$(SANFLAGS)) $(if $(STATIC),-static)
# What runs for each event is optimized as a whole when the program is linked: a tenth fewer instructions. Objects are whole, too: test programs link them
# as they are, and so does who says LTO= or has a compiler that cannot.
LTO       ?= $(if $(SAN),,$(shell echo 'int x;' | $(CC) -Werror -flto=auto -ffat-lto-objects -c -x c - -o /dev/null 2>/dev/null && echo -flto=auto -ffat-lto-objects))
override LTO := $(LTO)
NO_LTO    := $(if $(LTO),-fno-lto)

# $(call lib,PACKAGE,FALLBACK): what to link; pkg-config knows what else a static archive needs.
lib = $(or $(shell $(PKG_CONFIG) $(if $(STATIC),--static) --libs $(1) 2>/dev/null),$(2))
# A static program does without TLS: Debian's libmicrohttpd refers to GnuTLS, of which there is no archive.
NO_TLS    := user/http/no_tls.c
TERM_SRC  := $(wildcard user/views/screen/term.c)
# libiberty is an archive everywhere, and comes without a .pc file: its demangler alone is linked.
LIBS       = $(call lib,libbpf,-lbpf) $(call lib,libdw,-ldw) -liberty $(call lib,libelf,-lelf) $(call lib,zlib,-lz) $(call lib,libcap,-lcap) \
	$(if $(TERM_SRC),$(call lib,ncursesw,-lncursesw -ltinfo)) \
	$(if $(STATIC),-lmicrohttpd,$(call lib,libmicrohttpd,-lmicrohttpd)) $(call lib,yaml-0.1,-lyaml) $(call lib,libcrypt,-lcrypt)
CMOCKA     = $(call lib,cmocka,-lcmocka)

# No tag yet, no git, or a checkout that belongs to somebody else: the base version is still right. An unpacked archive may lie in
# another project's checkout, whose names are not ours.
VERSION   := $(shell d=$$([ ! -e .git ] || git describe --tags --always --dirty --match 'v*' 2>/dev/null); case "$$d" in \
	(v*) echo "$${d#v}" ;; (?*) echo "$(VERSION_BASE)-g$$d" ;; (*) echo "$(VERSION_BASE)" ;; esac)

# --- sources ----------------------------------------------------------------------------------------------------------

CORE_SRC  := $(sort $(shell find user/core -name '*.c'))
USER_SRC  := $(filter-out $(CORE_SRC) $(if $(STATIC),,$(NO_TLS)),$(sort $(shell find user -name '*.c')))
UNIT_SRC  := $(sort $(shell find tests/unit -name 'test_*.c'))
UNIT_HELP := $(filter-out $(UNIT_SRC),$(sort $(shell find tests/unit -name '*.c')))
FUZZ_SRC  := $(wildcard tests/fuzz/fuzz_*.c)
TOOL_SRC  := $(wildcard tests/tools/*.c)
BENCH_SRC := $(wildcard tests/bench/*.c)
CORE_TEST := $(wildcard tests/core/*.c)
BPF_SRC   := bpf/twtrace.bpf.c
# Targets that only start the runner, which calls make again.
LAYERS    := test-unit test-fuzz test-golden test-tui test-web test-core test-live test-docs test-cross test-packages test-vm test-san lint
ALL_C     := $(CORE_SRC) $(sort $(USER_SRC) $(NO_TLS)) $(UNIT_SRC) $(UNIT_HELP) $(wildcard tests/vm/*.c) $(FUZZ_SRC) $(TOOL_SRC) $(BENCH_SRC) $(CORE_TEST)

APP       := $(O)/twtrace
CORE_LIB  := $(O)/libtwcore.a
BPF_OBJ   := $(O)/twtrace.bpf.o
SKEL      := $(O)/twtrace.skel.h
obj        = $(patsubst %.c,$(O)/obj/%.o,$(1))
UNIT_BIN  := $(patsubst tests/unit/%.c,$(O)/tests/unit/%,$(UNIT_SRC))
FUZZ_BIN  := $(patsubst tests/fuzz/%.c,$(O)/fuzz/%,$(FUZZ_SRC))
TOOL_BIN  := $(patsubst tests/tools/%.c,$(O)/tests/tools/%,$(TOOL_SRC))
BENCH_BIN := $(patsubst tests/bench/%.c,$(O)/tests/bench/%,$(BENCH_SRC))
CORE_BIN  := $(patsubst tests/core/%.c,$(O)/tests/core/%,$(CORE_TEST))
# Modules and styles of a report, those first that others stand on.
REPORT_JS  := $(addprefix user/web/,dom.js format.js explain.js life.js histogram.js diagram.js table.js detail.js \
	report/chart.js report/findings.js report/report.js)
REPORT_CSS := user/web/style.css user/web/report/report.css
REPORT_HTML := user/web/report/report.html
LTO_SRC   := $(wildcard user/core/event/*.c user/core/conn/*.c user/core/track/*.c) user/source/named.c $(wildcard user/source/bpf/bpf.c user/source/bpf/ring.c)
# The only files that may see the skeleton.
SKEL_USER := $(wildcard user/source/bpf/*.c)

# --- build ------------------------------------------------------------------------------------------------------------

.PHONY: all help
all: $(APP)

help:
	@sed -n 's/^#: //p' $(firstword $(MAKEFILE_LIST))

$(APP): $(call obj,$(USER_SRC)) $(CORE_LIB) $(O)/.sources
	$(if $(STATIC),@CC="$(CC)$(if $(CROSS), --sysroot=$(SYSROOT))" tests/lib/deps.sh static >&2)
	$(call msg,LINK,$@)$(CC) $(ALLFLAGS) $(ALLLDFLAGS) $(LTO) $(filter %.o %.a,$^) $(LIBS) -o $@

# Made anew: a member whose source was deleted must not stay.
$(CORE_LIB): $(call obj,$(CORE_SRC)) $(O)/.sources
	$(call msg,AR,$@)rm -f $@ && $(AR) rcsD $@ $(filter %.o,$^)

$(O)/obj/%.o: %.c $(O)/.flags
	$(call msg,CC,$@)mkdir -p $(@D) && $(CC) $(ALLFLAGS) $(WHOLE) -MMD -MP -c $< -o $@

$(call obj,$(LTO_SRC)): private WHOLE := $(LTO)
$(call obj,$(SKEL_USER)): | $(SKEL)

# Files of the live page become a part of the program: each an array of bytes, and a table of them. Bytes of a file: "9, 10, ".
bytes_of   = od -An -v -tu1 $(1) | sed 's/[0-9]\{1,\}/&,/g'
WEB_SRC   := $(sort $(wildcard user/web/*.html user/web/*.js user/web/*.css user/web/*.svg))
WEB_USER  := user/views/live/assets.c
$(O)/web.inc: $(WEB_SRC) $(O)/.sources
	$(call msg,WEB,$@){ n=0; for f in $(WEB_SRC); do echo "static const unsigned char web_$$n[] = {"; $(call bytes_of,$$f); \
		echo "};"; n=$$((n + 1)); done; echo "static const struct { const char *path; const unsigned char *bytes; size_t len; } web_files[] = {"; \
		n=0; for f in $(notdir $(WEB_SRC)); do echo "{ \"/$$f\", web_$$n, sizeof(web_$$n) },"; n=$$((n + 1)); done; echo "};"; } > $@
$(call obj,$(WEB_USER)): | $(O)/web.inc

# A report has the modules in one script, in the order in which they need each other, and the styles in one piece; its policy names both by their SHA-256.
REPORT_USER := user/views/report/assets.c
REPORT_SRC  := $(REPORT_JS) $(REPORT_CSS) $(REPORT_HTML)
# The 64 digits of sha256sum, in base 64.
base64_of   = sha256sum $(1) | awk '{ d = "0123456789abcdef"; b = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"; \
	for (i = 1; i <= 64; i += 6) { n = 0; k = i + 5 > 64 ? 65 - i : 6; for (j = 0; j < 6; j++) n = n * 16 + (j < k ? index(d, substr($$1, i + j, 1)) - 1 : 0); \
	s = s substr(b, int(n / 262144) + 1, 1) substr(b, int(n / 4096) % 64 + 1, 1) (k > 2 ? substr(b, int(n / 64) % 64 + 1, 1) : "=") \
	(k > 4 ? substr(b, n % 64 + 1, 1) : "=") } print s }'
$(O)/report.inc: $(REPORT_SRC) $(O)/.sources
	$(call msg,WEB,$@)sed -e '/^import /d' -e 's/^export //' $(REPORT_JS) > $(O)/report.js && cat $(REPORT_CSS) > $(O)/report.css && \
		cp $(REPORT_HTML) $(O)/report.html && for f in js css html; do \
		echo "static const unsigned char report_$${f}_bytes[] = {"; $(call bytes_of,$(O)/report.$$f); echo "};"; \
		echo "#define report_$${f}_hash \"sha256-$$($(call base64_of,$(O)/report.$$f))\""; done > $@
$(call obj,$(REPORT_USER)): | $(O)/report.inc

VERSIONED := $(if $(USER_SRC),$(shell grep -l TWTRACE_VERSION $(USER_SRC)))
$(call obj,$(VERSIONED)): private CPPFLAGS += -DTWTRACE_VERSION='"$(VERSION)"'
$(call obj,$(VERSIONED)): $(O)/.version

$(BPF_OBJ): $(BPF_SRC) $(O)/.bpfflags
	$(call msg,CLANG,$@)mkdir -p $(@D) && $(CLANG) $(BPFFLAGS) -MMD -MP -c $< -o $@
	$(Q)$(LLVM_STRIP) -g $@

$(SKEL): $(BPF_OBJ)
	$(call msg,SKEL,$@)$(BPFTOOL) gen skeleton $< name twtrace_bpf > $@

# What objects depend on beside files. Rewritten only where it differs, and here rather than by a rule that always runs,
# so that `make -n` and `make -q` tell the truth.
remember = printf '%s\n' '$(2)' | cmp -s - $(O)/$(1) || printf '%s\n' '$(2)' > $(O)/$(1);
ifneq ($(filter-out clean uninstall dist deb rpm help run test test-all test-chroot $(LAYERS),$(or $(MAKECMDGOALS),all)),)
$(shell mkdir -p $(O); $(call remember,.flags,$(CC) $(ALLFLAGS) $(ALLLDFLAGS) $(LTO)) \
	$(call remember,.bpfflags,$(CLANG) $(BPFFLAGS)) $(call remember,.version,$(VERSION)) \
	$(call remember,.sources,$(CORE_SRC) $(USER_SRC) $(WEB_SRC) $(REPORT_SRC)))
endif

# --- man page: the program prints it from the same tables as --help -----------------------------------------------------

$(O)/twtrace.8: $(APP) $(wildcard user/cli/twtrace.8.in)
	$(if $(CROSS),$(error the program prints its manual, and one for $(TARGET) does not run here))$(call msg,MAN,$@)$< --man > $@

.PHONY: man
man: $(O)/twtrace.8

# --- test programs ----------------------------------------------------------------------------------------------------

$(O)/tests/unit/%: $(O)/obj/tests/unit/%.o $(call obj,$(UNIT_HELP)) $(CORE_LIB)
	$(call msg,LINK,$@)mkdir -p $(@D) && $(CC) $(ALLFLAGS) $(ALLLDFLAGS) $(NO_LTO) $^ $(CMOCKA) -o $@

$(O)/tests/tools/%: $(O)/obj/tests/tools/%.o
	$(call msg,LINK,$@)mkdir -p $(@D) && $(CC) $(ALLFLAGS) $(ALLLDFLAGS) $(NO_LTO) $^ -o $@

# The drivers of workloads are not what the sanitizers are for: they leave memory to the kernel at their end.
$(TOOL_BIN) $(call obj,$(TOOL_SRC)): override SAN :=

$(O)/tests/bench/%: $(O)/obj/tests/bench/%.o $(CORE_LIB)
	$(call msg,LINK,$@)mkdir -p $(@D) && $(CC) $(ALLFLAGS) $(ALLLDFLAGS) $(LTO) $^ $(call lib,libbpf,-lbpf) \
		$(call lib,libelf,-lelf) -lz -o $@

$(O)/tests/core/%: $(O)/obj/tests/core/%.o
	$(call msg,LINK,$@)mkdir -p $(@D) && $(CC) $(ALLFLAGS) $(ALLLDFLAGS) $(NO_LTO) $^ $(call lib,libbpf,-lbpf) \
		$(call lib,libelf,-lelf) -lz -o $@

FUZZFLAGS := -std=gnu11 $(WARN) -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined
fuzzobj = $(patsubst %.c,$(O)/fuzz/obj/%.o,$(1))
$(O)/fuzz/obj/%.o: %.c $(O)/.flags
	$(call msg,FUZZCC,$@)mkdir -p $(@D) && $(CLANG) $(FUZZFLAGS) $(INCLUDES) -MMD -MP -c $< -o $@
$(O)/fuzz/%: $(O)/fuzz/obj/tests/fuzz/%.o $(call fuzzobj,$(CORE_SRC))
	$(call msg,LINK,$@)$(CLANG) $(FUZZFLAGS) $^ $(FUZZLIBS) -o $@
# The one reader of files that is not the core's: libyaml does the reading.
$(O)/fuzz/fuzz_web_config: $(call fuzzobj,user/http/web_config.c)
$(O)/fuzz/fuzz_web_config: private FUZZLIBS := $(call lib,yaml-0.1,-lyaml)

.PHONY: test-programs unit-programs fuzz-programs core-programs tools bench-programs bpf
unit-programs: $(UNIT_BIN)
fuzz-programs: $(FUZZ_BIN)
tools: $(TOOL_BIN)
core-programs: $(CORE_BIN)
bpf: $(BPF_OBJ)
bench-programs: $(BENCH_BIN)
test-programs: unit-programs fuzz-programs core-programs tools bench-programs

.SECONDARY:
.DELETE_ON_ERROR:

# --- lint: every C file through both compilers, all warnings are errors --------------------------------------------------

lintflags = -std=gnu11 $(WARN) -Werror -O2 $(INCLUDES) -DTWTRACE_VERSION='"lint"' -MMD -MP -c
$(O)/lint/gcc/%.o: %.c $(O)/.flags
	$(call msg,GCC,$<)mkdir -p $(@D) && gcc $(lintflags) $< -o $@
$(O)/lint/clang/%.o: %.c $(O)/.flags
	$(call msg,CLANG,$<)mkdir -p $(@D) && $(CLANG) $(lintflags) $< -o $@
$(foreach c,gcc clang,$(patsubst %.c,$(O)/lint/$(c)/%.o,$(SKEL_USER))): | $(SKEL)
$(foreach c,gcc clang,$(patsubst %.c,$(O)/lint/$(c)/%.o,$(WEB_USER))): | $(O)/web.inc
$(foreach c,gcc clang,$(patsubst %.c,$(O)/lint/$(c)/%.o,$(REPORT_USER))): | $(O)/report.inc

.PHONY: lint-gcc lint-clang lint-bpf
lint-gcc: $(patsubst %.c,$(O)/lint/gcc/%.o,$(ALL_C))
lint-clang: $(patsubst %.c,$(O)/lint/clang/%.o,$(ALL_C))
lint-bpf: bpf

# --- running and testing ------------------------------------------------------------------------------------------------
#: all           build $(O)/twtrace
#: run           install missing packages, build, trace: sudo make run ARGS="count"
#: test          install missing packages, build, run every test this machine can run
#: test-unit     unit tests (cmocka)
#: test-fuzz     each fuzz target, with the same inputs each time; with FUZZ_SECONDS=60, with new ones for so long
#: test-golden   every view against committed recordings
#: test-tui      the screen in a terminal (tmux)
#: test-web      the live page in a browser (root, chromium); TEST=name for some
#: test-core     CO-RE relocations and member sizes against kernels' BTF
#: test-live     real traffic in an own network namespace (root); TEST=name for one
#: test-docs     every command line that README and man page name
#: test-cross    the program for the other machine (arm64; cross compiler)
#: test-packages make dist, deb and rpm; the .deb in a bare tree (root, debootstrap)
#: test-vm       the live tests on other kernels in QEMU; KERNEL=6.12, TEST=name for some; ARCH=arm64 for that machine's
#: vm-shell      a shell in a guest: make vm-shell KERNEL=6.12
#: test-san      unit, golden and a live smoke test with ASan and UBSan
#: test-chroot   both README commands in a bare Debian 12 tree (root, slow)
#: lint          both compilers, shellcheck, layering rules
#: bench         measurements
#: demo          every state in 15 seconds
#: man           $(O)/twtrace.8
#: install       program, man page, completions: to PREFIX (/usr/local), below DESTDIR
#: uninstall     removes exactly that
#: dist          a source archive, the same bytes each time
#: deb, rpm      packages from it, in $(O)/deb and $(O)/rpm
#: clean         remove build output

export FUZZ_SECONDS TEST
RUN_TESTS = MAKE="$(MAKE)" O="$(O)" CC="$(CC)" CLANG="$(CLANG)" BPFTOOL="$(BPFTOOL)" SAN="$(SAN)" tests/lib/run-all.sh

.PHONY: run test test-chroot vm-shell bench demo $(LAYERS)
# Under sudo, output belongs to the caller: the next plain `make` must be able to write it.
GIVE_BACK = if [ -n "$$SUDO_UID" ]; then for d in $(O) $(O)-san $(O)-static; do \
	[ ! -d $$d ] || chown -R "$$SUDO_UID:$${SUDO_GID:-$$SUDO_UID}" $$d; done; fi
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
# A second make builds: what the first one found out about the tools is stale once packages are installed.
run:
	@tests/lib/deps.sh build >&2
	@$(MAKE) $(JOBS) all >&2
	@$(GIVE_BACK)
	@exec $(APP) $(ARGS)

test:
	@tests/lib/deps.sh build test load vm deb rpm packages containers
	@ARCH=$(if $(filter amd64,$(MACHINE)),arm64,amd64) tests/lib/deps.sh cross vm
	@tests/lib/deps.sh web || echo "deps: without a browser the live page is not tested" >&2
	@$(MAKE) test-all; rc=$$?; $(GIVE_BACK); exit $$rc

.PHONY: test-all
test-all:
	@$(RUN_TESTS) build lint unit fuzz golden tui web core live docs cross packages vm san

$(LAYERS):
	@$(RUN_TESTS) $(@:test-%=%)

test-chroot:
	@tests/lib/chroot.sh

vm-shell: all tools
	@O="$(O)" SHELL_IN=1 tests/vm/run

bench: all tools bench-programs
	@O="$(O)" TWTRACE="$(abspath $(APP))" tests/bench/run

demo: all tools
	@O="$(O)" TWTRACE="$(abspath $(APP))" tests/tools/demo.sh

# --- install ------------------------------------------------------------------------------------------------------------

# What, and where to. The completions ask the program.
INSTALL := 755:$(APP):$(BINDIR)/twtrace 644:$(O)/twtrace.8.gz:$(MANDIR)/man8/twtrace.8.gz \
	644:contrib/completions/twtrace.bash:$(BASHCOMPDIR)/twtrace \
	644:contrib/completions/_twtrace:$(ZSHCOMPDIR)/_twtrace \
	644:contrib/completions/twtrace.fish:$(FISHCOMPDIR)/twtrace.fish \
	$(foreach f,LICENSE README.md CHANGELOG.md,644:$(f):$(DOCDIR)/$(f))
part = $(word $(1),$(subst :, ,$(2)))

$(O)/twtrace.8.gz: $(O)/twtrace.8
	$(Q)gzip -9n < $< > $@

.PHONY: install uninstall clean
install: $(APP) $(O)/twtrace.8.gz
	$(call msg,INSTALL,$(DESTDIR)$(BINDIR)/twtrace)$(foreach i,$(INSTALL),install -D -m $(call part,1,$(i)) \
		$(call part,2,$(i)) $(DESTDIR)$(call part,3,$(i)) &&) true

# Exactly what install puts there, and the one folder that is ours alone.
uninstall:
	$(call msg,REMOVE,$(DESTDIR)$(BINDIR)/twtrace)rm -f $(foreach i,$(INSTALL),$(DESTDIR)$(call part,3,$(i)))
	$(Q)[ ! -d $(DESTDIR)$(DOCDIR) ] || rmdir --ignore-fail-on-non-empty $(DESTDIR)$(DOCDIR)

# --- packages: from the archive, as anybody would build them -----------------------------------------------------------

DIST := $(O)/twtrace-$(VERSION_BASE).tar.gz
.PHONY: dist deb rpm
dist:
	$(call msg,DIST,$(DIST))contrib/packaging/dist.sh twtrace-$(VERSION_BASE) $(DIST)
# $(call package,TARGET): what it needs is installed, and what it says is shown where it fails.
define package
$(Q)tests/lib/deps.sh build $(1) >&2
	$(call msg,$(1),$(O)/$(1))contrib/packaging/$(1).sh $(DIST) $(VERSION_BASE) $(O)/$(1) \
		$(if $(filter 1,$(V)),,> $(O)/$(1).log 2>&1 || { tail -n 40 $(O)/$(1).log; exit 1; })
	@ls $(O)/$(1)/*.$(1); $(GIVE_BACK)
endef
deb: dist
	$(call package,deb)
rpm: dist
	$(call package,rpm)

clean:
	$(call msg,CLEAN,$(O) $(O)-san $(O)-static)rm -rf $(O) $(O)-san $(O)-static

-include $(if $(wildcard $(O)),$(shell find $(O) \( -path $(O)/deb -o -path $(O)/rpm \) -prune -o -type f -name '*.d' -print))
