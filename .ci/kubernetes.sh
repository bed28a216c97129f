#!/usr/bin/env bash
# An optional stage: a real Kubernetes of one node, set up in a temporary folder, runs the Indexed Job that
# `stride launch --print-k8s` prints: two pods, each with an address and a host name of its own, that find each other by the
# headless Service. The result must be what one process learns.
# Needs root and, on the PATH: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubelet (1.31 was tried), kubectl,
# coredns (1.11 was tried), containerd, ctr, runc, busybox; and CNI's plugins (Debian: etcd-server, kubernetes-client,
# containerd, runc, busybox-static, containernetworking-plugins; the rest is built from its sources by Go).
set -euo pipefail
cd "$(dirname "$0")/.."

PATH="$PATH:/usr/sbin:/sbin"
for tool in etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kubectl coredns containerd ctr runc busybox ip; do
  command -v "$tool" >/dev/null || { echo "kubernetes: $tool is missing (see the head of this file)" >&2; exit 1; }
done
plugins=/usr/lib/cni
[ -x "$plugins/bridge" ] || plugins=/opt/cni/bin
[ -x "$plugins/bridge" ] || { echo "kubernetes: CNI's plugins are missing (Debian: containernetworking-plugins)" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "kubernetes: kubelet needs root" >&2; exit 1; }

work=$(mktemp -d)
bridge=stride-cni
gateway=10.244.77.1
started=()
begin() { # name, command ...
  local name=$1
  shift
  "$@" >"$work/$name.log" 2>&1 &
  started+=($!)
}
finish() {
  local status=$?
  if [ "$status" != 0 ]; then
    kubectl get pods,events 2>/dev/null | tail -n 30 >&2 || true
    tail -n 5 "$work"/*.log >&2 || true
  fi
  kubectl delete job,service --all --wait=true --timeout=30s >/dev/null 2>&1 || true
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do kill "${started[$i]}" 2>/dev/null || true; done
  wait 2>/dev/null || true
  # what a pod's shim leaves behind
  grep -l "$work" /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3 | while read -r pid; do
    [ "$pid" = $$ ] || kill "$pid" 2>/dev/null || true
  done
  sleep 1
  grep " $work" /proc/mounts | cut -d' ' -f2 | sort -r | while read -r mount; do umount "$mount" 2>/dev/null || true; done
  ip link delete "$bridge" 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap finish EXIT
wait_for() { # what, command ...
  local what=$1
  shift
  for ((i = 0; i < 600; i++)); do "$@" >/dev/null 2>&1 && return; sleep 0.2; done
  echo "kubernetes: $what does not come up" >&2
  exit 1
}

export STRIDE_TERMINAL=0
words=(--data samples/dialogue/train.jsonl --task dialogue --batch 8 --steps 4 --lr 1e-3 --warmup 1 --lora-dropout 0 --threads 1)
./stride train --model samples/model "${words[@]}" --out "$work/solo" >/dev/null 2>"$work/solo.log" ||
  { cat "$work/solo.log" >&2; exit 1; }

# The control plane, on the loopback.
export KUBECONFIG="$work/kubeconfig"
token=$(od -An -tx8 -N16 /dev/urandom | tr -d ' \n')
echo "$token,admin,1,system:masters" >"$work/tokens"
openssl genrsa -out "$work/accounts.key" 2048 2>/dev/null
cat >"$KUBECONFIG" <<CONF
apiVersion: v1
kind: Config
clusters: [{name: here, cluster: {server: "https://127.0.0.1:16443", insecure-skip-tls-verify: true}}]
users: [{name: admin, user: {token: "$token"}}]
contexts: [{name: here, context: {cluster: here, user: admin}}]
current-context: here
CONF
begin etcd etcd --data-dir "$work/etcd" --listen-client-urls http://127.0.0.1:12379 \
  --advertise-client-urls http://127.0.0.1:12379 --listen-peer-urls http://127.0.0.1:12380
begin apiserver kube-apiserver --etcd-servers http://127.0.0.1:12379 --cert-dir "$work/certs" --bind-address 127.0.0.1 \
  --secure-port 16443 --token-auth-file "$work/tokens" --authorization-mode AlwaysAllow --allow-privileged \
  --service-cluster-ip-range 10.96.77.0/24 --disable-admission-plugins ServiceAccount \
  --service-account-issuer https://stride.test --service-account-key-file "$work/accounts.key" \
  --service-account-signing-key-file "$work/accounts.key"
wait_for "the API server" kubectl get --raw /readyz
begin controllers kube-controller-manager --kubeconfig "$KUBECONFIG" --leader-elect=false --bind-address 127.0.0.1 \
  --secure-port 16257 --authentication-skip-lookup --service-account-private-key-file "$work/accounts.key"
begin scheduler kube-scheduler --kubeconfig "$KUBECONFIG" --leader-elect=false --bind-address 127.0.0.1 --secure-port 16259 \
  --authentication-skip-lookup

# The node: pods on a bridge, names by CoreDNS at the bridge's own address.
ip link add "$bridge" type bridge
ip address add "$gateway/24" dev "$bridge"
ip link set "$bridge" up
mkdir "$work/cni"
cat >"$work/cni/10-stride.conflist" <<CONF
{"cniVersion": "0.4.0", "name": "stride", "plugins": [{"type": "bridge", "bridge": "$bridge", "isGateway": true,
 "hairpinMode": true, "ipam": {"type": "host-local", "dataDir": "$work/addresses", "subnet": "10.244.77.0/24",
 "rangeStart": "10.244.77.10", "routes": [{"dst": "0.0.0.0/0"}]}}]}
CONF
cat >"$work/Corefile" <<CONF
.:53 {
  bind $gateway
  kubernetes cluster.local {
    kubeconfig $KUBECONFIG here
    ttl 0
  }
}
CONF
begin coredns coredns -conf "$work/Corefile"
cat >"$work/containerd.toml" <<CONF
version = 2
root = "$work/containerd/root"
state = "$work/containerd/state"
[grpc]
address = "$work/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "stride.test/empty:1"
disable_apparmor = true
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "native"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "$plugins"
conf_dir = "$work/cni"
CONF
begin containerd containerd -c "$work/containerd.toml"
wait_for containerd ctr -a "$work/containerd.sock" version

# An image with next to nothing in it: the machine's own programs, and this folder, are mounted into the pods.
layer="$work/image/layer"
mkdir -p "$layer"/{usr,etc/alternatives,root,tmp,proc,dev,sys,opt/stride,runs}
for folder in bin sbin lib lib64; do [ -L "/$folder" ] && ln -s "usr/$folder" "$layer/$folder"; done
mkdir -p "$layer/boot"
cp "$(command -v busybox)" "$layer/boot/busybox"
echo 'root:x:0:0:root:/root:/bin/bash' >"$layer/etc/passwd"
tar -C "$layer" -cf "$work/image/layer.tar" .
sum=$(sha256sum "$work/image/layer.tar" | cut -d' ' -f1)
cat >"$work/image/config.json" <<CONF
{"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": ["sha256:$sum"]},
 "config": {"Env": ["PATH=/opt/stride:/usr/local/bin:/usr/bin:/bin", "HOME=/root", "STRIDE_TERMINAL=0"],
 "Entrypoint": ["/boot/busybox", "sleep", "86400"]}}
CONF
echo '[{"Config": "config.json", "RepoTags": ["stride.test/empty:1"], "Layers": ["layer.tar"]}]' >"$work/image/manifest.json"
tar -C "$work/image" -cf "$work/image.tar" manifest.json config.json layer.tar
ctr -a "$work/containerd.sock" -n k8s.io images import "$work/image.tar" >/dev/null

cat >"$work/kubelet.yaml" <<CONF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 127.0.0.1
port: 16250
readOnlyPort: 0
healthzPort: 0
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
containerRuntimeEndpoint: unix://$work/containerd.sock
clusterDNS: [$gateway]
clusterDomain: cluster.local
resolvConf: ""
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
failSwapOn: false
evictionHard: {nodefs.available: "0%", imagefs.available: "0%", memory.available: "0%"}
imageGCHighThresholdPercent: 100
podLogsDir: $work/pod-logs
CONF
begin kubelet kubelet --config "$work/kubelet.yaml" --kubeconfig "$KUBECONFIG" --root-dir "$work/kubelet" \
  --cert-dir "$work/kubelet-certs" --hostname-override node --node-ip 127.0.0.1
wait_for "the node" kubectl wait --for=condition=Ready node/node --timeout=1s

# The printed file, with the folders that all pods share where its last line asks for them.
mounts() { # name, path on the machine, path in the pod
  echo "            - {name: $1, mountPath: $3}" >>"$work/mounts"
  echo "        - {name: $1, hostPath: {path: $2}}" >>"$work/volumes"
}
mounts usr /usr /usr
mounts alternatives /etc/alternatives /etc/alternatives
for folder in /etc/java-*; do [ -d "$folder" ] && mounts "$(basename "$folder" | tr -cd a-z0-9-)" "$folder" "$folder"; done
mounts stride "$PWD" /opt/stride
mounts natives "$HOME/.javacpp" /root/.javacpp
mounts runs "$work" /runs
java=$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")
in_pod=("${words[@]/#samples/\/opt\/stride\/samples}")
./stride launch --nodes 2 --nproc 1 --print-k8s --image stride.test/empty:1 train --model /opt/stride/samples/model \
  "${in_pod[@]}" --out /runs/pods >"$work/printed.yaml"
grep -q 'name it here$' "$work/printed.yaml" || { echo "kubernetes: the printed file does not say where to name volumes" >&2; exit 1; }
{
  sed '$d' "$work/printed.yaml"
  echo "            - {name: JAVA_HOME, value: $java}"
  echo "          volumeMounts:"
  cat "$work/mounts"
  echo "      volumes:"
  cat "$work/volumes"
} >"$work/job.yaml"
kubectl apply --validate=strict -f "$work/printed.yaml" --dry-run=server >/dev/null
kubectl apply --validate=strict -f "$work/job.yaml" >/dev/null
for ((i = 0; i < 240; i++)); do
  [ "$(kubectl get job stride -o 'jsonpath={.status.succeeded}')" = 2 ] && break
  [ -z "$(kubectl get job stride -o 'jsonpath={.status.failed}')" ] || break
  sleep 0.5
done
cat "$work"/pod-logs/*/stride/*.log >"$work/pods.log" 2>/dev/null || true
[ "$(kubectl get job stride -o 'jsonpath={.status.succeeded}')" = 2 ] || { tail -n 40 "$work/pods.log" >&2; exit 1; }

one=$(grep -o '"loss":[0-9.eE+-]*' "$work/solo/events.jsonl" | cut -d: -f2)
two=$(grep -o '"loss":[0-9.eE+-]*' "$work/pods/events.jsonl" | cut -d: -f2)
paste <(echo "$one") <(echo "$two") | awk '
  NF != 2 { print "kubernetes: not the same number of updates"; bad = 1; exit }
  { d = $1 - $2; if (d < 0) d = -d; if (d > 1e-4 * $1) { print "kubernetes: loss " $2 " instead of " $1; bad = 1 }; n++ }
  END { if (!bad && n < 4) { print "kubernetes: only " n " losses"; bad = 1 }
        if (!bad) print "Indexed Job of two pods: " n " losses are those of one process"; exit bad }'
grep -q '"ranks" *: *2' "$work/pods/plan.json" || { echo "kubernetes: the plan does not say 2 ranks" >&2; exit 1; }
