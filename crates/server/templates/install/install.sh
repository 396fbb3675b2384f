#!/bin/sh
# Installs Tessera's agent from {{ origin }} and changes nothing else.
#
# It fetches one file, throws it away unless its SHA-256 is the one that stands here, and puts it into ~/.local/bin
# (as root into /usr/local/bin). Run it again to update. What may be said to it:
#   TESSERA_INSTALL_DIR=DIR  another folder
#   TESSERA_CA=FILE          the certificate authority of your organization, as PEM
set -eu

origin='{{ origin }}'

# The hash of the file for one kind of machine, where this portal offers one.
sum_of() {
    case "$1" in
{%- for line in files %}
    {{ line.triple }}) echo {{ line.sha256 }} ;;
{%- endfor %}
    *) return 1 ;;
    esac
}

say() { printf '%s\n' "$*"; }

fail() {
    printf 'tessera: %s\n' "$*" >&2
    exit 1
}

# The kinds of machine whose program runs here, the best first.
kinds() {
    case "$(uname -m)" in
    x86_64 | amd64) cpu=x86_64 ;;
    aarch64 | arm64) cpu=aarch64 ;;
    *) cpu=unknown ;;
    esac
    case "$(uname -s)" in
    Linux)
        # Only glibc knows its version by this name.
        if getconf GNU_LIBC_VERSION >/dev/null 2>&1; then echo "$cpu-unknown-linux-gnu"; fi
        echo "$cpu-unknown-linux-musl"
        ;;
    Darwin)
        if [ "$(sysctl -n hw.optional.arm64 2>/dev/null || echo 0)" = 1 ]; then echo aarch64-apple-darwin; fi
        echo x86_64-apple-darwin
        ;;
    esac
}

fetch() {
    if command -v curl >/dev/null 2>&1; then
        set -- --fail --silent --show-error --proto '={{ scheme }}' --output "$2" "$1"
        if [ -n "${TESSERA_CA:-}" ]; then set -- --cacert "$TESSERA_CA" "$@"; fi
        curl "$@"
    elif command -v wget >/dev/null 2>&1; then
        set -- -q -O "$2" "$1"
        if [ -n "${TESSERA_CA:-}" ]; then set -- "--ca-certificate=$TESSERA_CA" "$@"; fi
        wget "$@"
    else
        fail "neither curl nor wget is here to fetch anything with; nothing was installed"
    fi
}

sha256_of() {
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum <"$1" | cut -d ' ' -f 1
    elif command -v shasum >/dev/null 2>&1; then
        shasum -a 256 <"$1" | cut -d ' ' -f 1
    elif command -v openssl >/dev/null 2>&1; then
        openssl dgst -sha256 -r <"$1" | cut -d ' ' -f 1
    else
        fail "none of sha256sum, shasum and openssl is here to check the program with; nothing was installed"
    fi
}

# Whether the person at this terminal says yes. Nobody is asked where nobody can answer.
agreed() {
    if [ ! -t 1 ] || ! (: </dev/tty) 2>/dev/null; then return 1; fi
    printf '%s [Y/n] ' "$1" >/dev/tty
    read -r answer </dev/tty || return 1
    case "$answer" in
    '' | [yY]*) return 0 ;;
    *) return 1 ;;
    esac
}

install_agent() {
    kind=''
    for candidate in $(kinds); do
        if sum=$(sum_of "$candidate"); then
            kind=$candidate
            break
        fi
    done
    if [ -z "$kind" ]; then
        fail "$origin offers no agent for this machine ($(uname -s) on $(uname -m)); ask whoever runs it to add one. Nothing was installed"
    fi
    if [ -n "${TESSERA_INSTALL_DIR:-}" ]; then
        folder=$TESSERA_INSTALL_DIR
    elif [ "$(id -u)" = 0 ]; then
        folder=/usr/local/bin
    else
        folder=$HOME/.local/bin
    fi
    mkdir -p "$folder"
    # In the same folder, so that what is put into place is put there whole.
    work=$(mktemp -d "$folder/.tessera-install.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' HUP INT TERM

    fetch "$origin/downloads/$sum/tessera-$kind" "$work/tessera" ||
        fail "the agent could not be fetched from $origin; nothing was installed. If your organization has a certificate authority of its own, set TESSERA_CA to its file"
    found=$(sha256_of "$work/tessera")
    if [ "$found" != "$sum" ]; then
        fail "what was fetched is not what $origin said: its SHA-256 is $found instead of $sum. It was thrown away unopened, and nothing was installed. Run the command again; if it says this again, tell whoever runs the portal"
    fi
    chmod 755 "$work/tessera"
    version=$("$work/tessera" --version) ||
        fail "the program is whole, but does not run on this machine ($kind); nothing was installed"
    mv -f "$work/tessera" "$folder/tessera"
    rm -rf "$work"
    say "$version is now $folder/tessera"

    command=$folder/tessera
    case ":$PATH:" in
    *":$folder:"*) command=tessera ;;
    *) say "That folder is not in your PATH; to type only tessera: export PATH=\"$folder:\$PATH\"" ;;
    esac
    ca=''
    if [ -n "${TESSERA_CA:-}" ]; then ca=" --ca $TESSERA_CA"; fi
    if agreed "Sign this machine in to $origin now?"; then
        "$folder/tessera" login "$origin" </dev/tty
        if agreed "Have the agent run from each sign-in of yours on?"; then
            "$folder/tessera" agent install --user
        else
            say "Start the agent by hand: $command agent"
        fi
    else
        say "Sign this machine in:    $command login $origin$ca"
        say "Have the agent run:      $command agent install"
    fi
}

# The last line: a script that arrived in part does nothing.
install_agent
