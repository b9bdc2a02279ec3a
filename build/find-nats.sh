# Sourced by ./check: find_nats makes sure that the tests find an old nats-server (2.9, without
# filters by list, TTL and batches) and a current one (2.12 or newer), and sets KVIST_REQUIRED_SERVERS
# to those whose absence fails a test rather than skipping it. Where they are looked for: in
# $NATS_SERVER (one path, or several with colons between), in the cache, on the PATH. On Debian
# those that are missing are fetched from the system's own package source into the cache, without
# installing anything: the package would start a service.

# shellcheck shell=bash

# NatsKind of tck looks in the same places.
nats_cache() {
  if [[ -n ${KVIST_CACHE:-} ]]; then
    echo "$KVIST_CACHE/nats-server"
  else
    local home=~ # known without $HOME too
    echo "${XDG_CACHE_HOME:-$home/.cache}/kvist/nats-server"
  fi
}

# Prints "old", "current" or nothing for the server in $1.
nats_kind() {
  local version
  version=$("$1" --version 2>/dev/null) || return 0
  if [[ $version =~ v2\.([0-9]+)\. ]]; then
    if ((BASH_REMATCH[1] < 10)); then echo old; elif ((BASH_REMATCH[1] >= 12)); then echo current; fi
  fi
}

# Prints the kinds of server that are there.
nats_kinds() {
  local places=() place
  IFS=: read -r -a places <<<"${NATS_SERVER:-}"
  places+=("$(nats_cache)"/*/usr/sbin/nats-server "$(type -P nats-server || true)")
  for place in "${places[@]}"; do
    if [[ -n $place && -x $place ]]; then nats_kind "$place"; fi
  done | sort -u | paste -s -d ' '
}

# Unpacks the nats-server of a Debian suite into the cache.
fetch_nats() {
  local suite=$1 codename uri work cache keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  cache=$(nats_cache)
  codename=$(. /etc/os-release && [[ ${ID:-} == debian ]] && echo "${VERSION_CODENAME:-}") || return 1
  # shellcheck disable=SC2016 # apt-get fills these in
  uri=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v release="$codename" '$2 == release && $3 == "main" { print $1; exit }')
  [[ -n $uri ]] || return 1
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/fetch.XXXXXX")
  mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/unpacked"
  local signed=
  [[ ! -r $keyring ]] || signed="[signed-by=$keyring] "
  echo "deb $signed$uri $suite main" >"$work/sources.list"
  local options=(-q -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=-
    -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work" -o "APT::Sandbox::User=$(id -un)"
    -o Acquire::Languages=none)
  local status=0
  (cd "$work" && apt-get "${options[@]}" update && apt-get "${options[@]}" download nats-server &&
    dpkg -x nats-server_*.deb unpacked) >&2 || status=1
  if ((status == 0)); then
    rm -rf "${cache:?}/$suite"
    mv "$work/unpacked" "$cache/$suite" || status=1
  fi
  rm -rf "$work"
  return "$status"
}

find_nats() {
  local kinds
  kinds=$(nats_kinds)
  if type -P apt-get dpkg >/dev/null; then
    if [[ $kinds != *old* ]]; then
      echo "check: fetching nats-server 2.9" >&2
      fetch_nats bookworm || true
    fi
    if [[ $kinds != *current* ]]; then
      echo "check: fetching a current nats-server" >&2
      fetch_nats forky || true
    fi
    kinds=$(nats_kinds)
  fi
  # Who brings a server of one kind need not have the other; without any the tests would prove nothing.
  KVIST_REQUIRED_SERVERS=
  if [[ -r /etc/debian_version && -z ${NATS_SERVER:-} ]]; then
    KVIST_REQUIRED_SERVERS="nats-old nats-current"
  elif [[ -z $kinds ]]; then
    KVIST_REQUIRED_SERVERS=nats-current
  fi
  export KVIST_REQUIRED_SERVERS
  if [[ $kinds != *current* || $kinds != *old* ]]; then
    echo "check: of nats-server there is ${kinds:-none}; install nats-server 2.12 or newer and 2.9, or name them in NATS_SERVER with a colon between"
  else
    echo "nats-server: 2.9 and a current one"
  fi
}
