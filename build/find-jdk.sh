# Sourced by the scripts of this folder's parent: find_jdk sets KVIST_JDK to the home of a JDK of at
# least version 25 and KVIST_JDK_VERSION to its version as one number, or ends the script with a line
# that says what to install. It starts no process unless it must: every ./kvist goes through it.

# shellcheck shell=bash disable=SC2034 # what it sets is used by the scripts that source it

readonly KVIST_JDK_FEATURE=25

# Sets jdk_version to the version of the JDK in $1 as one number, 0 if it is not a whole JDK.
jdk_version_of() {
  jdk_version=0
  [[ -x $1/bin/java && -x $1/bin/javac && -r $1/release ]] || return 0
  local line
  while IFS= read -r line; do
    if [[ $line =~ ^JAVA_VERSION=\"([0-9]+)(\.([0-9]+))?(\.([0-9]+))? ]]; then
      jdk_version=$((BASH_REMATCH[1] * 1000000 + 10#${BASH_REMATCH[3]:-0} * 1000 + 10#${BASH_REMATCH[5]:-0}))
      return 0
    fi
  done <"$1/release"
}

find_jdk() {
  local least=$((KVIST_JDK_FEATURE * 1000000)) best=0 candidate name java jdk_version
  KVIST_JDK=
  KVIST_JDK_VERSION=0
  if [[ -n ${JAVA_HOME:-} ]]; then
    jdk_version_of "$JAVA_HOME"
    if ((jdk_version >= least)); then
      KVIST_JDK=$JAVA_HOME
      KVIST_JDK_VERSION=$jdk_version
      return 0
    fi
  fi

  # JAVA_HOME_25_X64 and the like, as build services set them, then the usual places.
  local candidates=()
  for name in "${!JAVA_HOME_@}"; do candidates+=("${!name}"); done
  if java=$(type -P java); then
    java=$(readlink -f "$java") || java=
    candidates+=("${java%/bin/java}")
  fi
  candidates+=(/usr/lib/jvm/* /opt/* /Library/Java/JavaVirtualMachines/*/Contents/Home)
  if [[ -n ${HOME:-} ]]; then
    candidates+=("$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*)
  fi
  for candidate in "${candidates[@]}"; do
    jdk_version_of "$candidate"
    if ((jdk_version >= least && jdk_version > best)); then
      best=$jdk_version
      KVIST_JDK_VERSION=$best
      KVIST_JDK=$candidate
    fi
  done
  if [[ -z $KVIST_JDK ]]; then
    echo "${0##*/}: no JDK $KVIST_JDK_FEATURE or newer found; install one (apt-get install openjdk-25-jdk-headless, or a Temurin 25), or set JAVA_HOME to it" >&2
    exit 2
  fi
}
