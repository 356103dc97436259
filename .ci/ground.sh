# What ./holdfast and ./test stand on: the SDK and Debian or Ubuntu packages. Sourced, not run.
# Everything it says goes to standard error, which leaves standard output to the program.

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

say() { printf '%s: %s\n' "${program:-holdfast}" "$*" >&2; }

need_sdk() {
    if command -v dotnet >/dev/null && dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; then return; fi
    say 'the .NET 10 SDK is missing: see https://dotnet.microsoft.com/download/dotnet/10.0 (Ubuntu: apt install dotnet-sdk-10.0)'
    exit 1
}

# has_library NAME: by the places where distributions put libraries, which costs no process.
has_library() {
    local directory
    for directory in /usr/lib/*-linux-gnu /usr/lib64 /usr/lib /lib/*-linux-gnu /lib64 /usr/local/lib; do
        if [[ -e $directory/$1 ]]; then return 0; fi
    done
    [[ -n $(ldconfig -p 2>/dev/null | grep -F "$1 " || true) ]]
}

# Debian 13 and Ubuntu 24.04 renamed OpenSSL's package.
openssl_package() {
    if apt-cache show libssl3t64 >/dev/null 2>&1; then echo libssl3t64; else echo libssl3; fi
}

need_libraries() {
    local packages=()
    has_library libsqlite3.so.0 || packages+=(libsqlite3-0)
    has_library libzstd.so.1 || packages+=(libzstd1)
    has_library libcrypto.so.3 || packages+=("$(openssl_package)")
    if ((${#packages[@]} == 0)); then return; fi
    install_packages "${packages[@]}" || exit 1
}

# install_packages NAME…: through apt when root, else says what to do and fails.
install_packages() {
    if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
        say "please install what is missing: sudo apt install $*"
        return 1
    fi
    say "installing $*"
    local log
    log=$(mktemp)
    if ! apt_install "$@" >"$log" 2>&1 && ! { apt-get update -qq && apt_install "$@"; } >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        rm -f "$log"
        say "these packages could not be installed: $*"
        return 1
    fi
    rm -f "$log"
}

apt_install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; }

# as_from_terminal COMMAND…: what is started with nohup, or with & by a script, ignores INT and HUP, and so would all that it starts in its turn.
as_from_terminal() { env --default-signal "$@"; }

# The compiler to native code makes commands start faster; without it they are the same. It comes from where the other packages come from.
want_native_compiler() {
    dotnet restore "$root/.ci/native-compiler.proj" -v quiet --nologo >/dev/null 2>&1 ||
        say 'the compiler to native code is not to be had from the package feed: commands will start more slowly'
}

# build WHAT: builds for release without leaving build servers behind; says something only when it fails.
build() {
    local log
    want_native_compiler
    log=$(mktemp)
    if ! dotnet build "$1" -c Release -v quiet --nologo -nodeReuse:false -p:UseSharedCompilation=false >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        say "the build of $1 failed"
        return 1
    fi
    rm -f "$log"
}
