#!/bin/sh
# RADV gives different GPUs the same deviceUUID.
#
# Expected: VkPhysicalDeviceIDProperties::deviceUUID tells devices apart, so that it can name a file of what was learnt
#   about one: which kernels compute right, which tile is fast. ANV's and NVK's hold the device's id.
# Happens:  RADV makes it of the PCI address alone. A Radeon RX 580 (GCN 4), an RX 6800 (RDNA 2) and an RX 7900 XTX
#   (RDNA 3) in the same slot all say 00000000-0400-0000-0000-000000000000 here.
# Matters:  after a card is changed, or where machines with other cards in the same slot share a home folder, what
#   was stored for one card is believed for another. Vendor and device id belong in the name beside the UUID.
# Versions: Mesa 25.0.7-2~bpo12+1 (RADV), its own mesa-drm-shim, which pretends the kernel's side of the cards;
#   vulkan-tools 1.3.239.0, Debian 12 with backports; seen 2026-12-01, and the same in Mesa 26.1.6 of Debian 13's backports.
# Prints what each card says; exit code 0: as described, 1: it has changed, 2: cannot be tried here.
set -eu
mesa=25.0.7-2~bpo12+1 tools=1.3.239.0+dfsg1-1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cannot() { echo "cannot be tried: $1"; exit 2; }
command -v apt-get >/dev/null || cannot "no apt"

# The packages with all they need, unpacked and not installed; the C library is the machine's own.
mkdir -p "$folder/cache/archives/partial" "$folder/root"
: >"$folder/status"
apt-get -qq -y --download-only --no-install-recommends -t bookworm-backports -o Dir::State::status="$folder/status" -o Dir::Cache="$folder/cache" \
  -o Debug::NoLocking=1 install "mesa-vulkan-drivers=$mesa" "mesa-drm-shim=$mesa" "vulkan-tools=$tools" \
  >"$folder/log" 2>&1 || cannot "$(tail -n 1 "$folder/log")"
rm -f "$folder"/cache/archives/libc6_*.deb
for deb in "$folder"/cache/archives/*.deb; do dpkg -x "$deb" "$folder/root"; done

libraries="$folder/root/usr/lib/x86_64-linux-gnu:$folder/root/lib/x86_64-linux-gnu"
manifest=$(find "$folder/root/usr/share/vulkan/icd.d" -name 'radeon_icd*.json' | head -n 1)
sed "s#\"library_path\": \"[^\"]*/#\"library_path\": \"$folder/root/usr/lib/x86_64-linux-gnu/#;
     s#\"library_path\": \"\(lib[^\"]*\)#\"library_path\": \"$folder/root/usr/lib/x86_64-linux-gnu/\1#" "$manifest" >"$folder/radv.json"

ask() {
  LD_LIBRARY_PATH=$libraries AMDGPU_GPU_ID=$1 LD_PRELOAD=$folder/root/usr/lib/x86_64-linux-gnu/libamdgpu_noop_drm_shim.so \
    VK_DRIVER_FILES=$folder/radv.json "$folder/root/usr/bin/vulkaninfo" --summary 2>/dev/null |
    sed -n 's/^[[:space:]]*\(deviceID\|deviceName\|deviceUUID\)[[:space:]]*= */\1 /p'
}
for card in polaris10 navi21 navi31; do
  ask $card >"$folder/$card" || true
  grep -q deviceUUID "$folder/$card" || cannot "no device $card: the driver does not run here"
  sed "s/^/$card  /" "$folder/$card"
done
uuids=$(cat "$folder/polaris10" "$folder/navi21" "$folder/navi31" | grep '^deviceUUID' | sort -u | wc -l)
ids=$(cat "$folder/polaris10" "$folder/navi21" "$folder/navi31" | grep '^deviceID' | sort -u | wc -l)
echo "$ids different devices, $uuids different UUIDs"
[ "$ids" = 3 ] && [ "$uuids" = 1 ]
