#!/usr/bin/env bash
# Installs Chromium for `npm run test:nightly` on a Debian or Ubuntu that has none, where the user may. Without it the
# other tests still run, and the test of Temporal's pages is skipped: so the script says what it did, and never fails.
set -uo pipefail

for name in "${CHROMIUM:-chromium}" chromium chromium-browser google-chrome; do
  if command -v "$name" > /dev/null && "$name" --version > /dev/null 2>&1; then exit 0; fi
done

as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo -n); fi
if ! command -v apt-get > /dev/null || ! "${as_root[@]}" true 2> /dev/null; then
  echo "There is no Chromium, and it cannot be installed from here: the test of Temporal's pages is skipped."
  exit 0
fi

echo "Installing Chromium, for the test of Temporal's pages"
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive timeout 600 \
    apt-get -qq -o DPkg::Lock::Timeout=60 -o Acquire::Retries=2 "$@" > /dev/null
}
apt update && apt install -y --no-install-recommends chromium ||
  echo "Chromium could not be installed: the test of Temporal's pages is skipped."
exit 0
