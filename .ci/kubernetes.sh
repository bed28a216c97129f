#!/usr/bin/env bash
# An optional stage: a real Kubernetes of one node, set up in a temporary folder, runs the Indexed Job that
# `stride launch --print-k8s` prints: two pods, each with an address and a host name of its own, that find each other by the
# headless Service. The result must be what one process learns.
# Needs root and, on the PATH: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubelet (1.31 was tried), kubectl,
# coredns (1.11 was tried), containerd, ctr, runc, busybox; and CNI's plugins (Debian: etcd-server, kubernetes-client,
# containerd, runc, busybox-static, containernetworking-plugins; the rest is built from its sources by Go).
# Where Kubeflow's operator is there too (training-operator.v1, 1.7 was tried, and PYTORCHJOB_CRD names its file
# kubeflow.org_pytorchjobs.yaml), the PyTorchJob of docs/distributed.md runs as well; else that part is skipped and said.
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
  kubectl delete pytorchjob,job,service --all --wait=true --timeout=30s >/dev/null 2>&1 || true
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
mkdir -p "$layer"/{usr/bin,etc/alternatives,root,tmp,proc,dev,sys,boot,opt/stride,runs}
for folder in bin sbin lib lib64; do [ -L "/$folder" ] && ln -s "usr/$folder" "$layer/$folder"; done
cp "$(command -v busybox)" "$layer/boot/busybox"
for name in sh seq sleep echo; do ln -s /boot/busybox "$layer/usr/bin/$name"; done # hidden in pods that mount /usr
echo 'root:x:0:0:root:/root:/bin/bash' >"$layer/etc/passwd"
tar -C "$layer" -cf "$work/image/layer.tar" .
java=$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")
sum=$(sha256sum "$work/image/layer.tar" | cut -d' ' -f1)
cat >"$work/image/config.json" <<CONF
{"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": ["sha256:$sum"]},
 "config": {"Env": ["PATH=/opt/stride:/usr/local/bin:/usr/bin:/bin", "HOME=/root", "STRIDE_TERMINAL=0", "JAVA_HOME=$java"],
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

# The folders that all pods share, as files for pods ask for them.
mounts=() volumes=()
mount_into() { # name, path on the machine, path in the pod
  mounts+=("{name: $1, mountPath: $3}")
  volumes+=("{name: $1, hostPath: {path: $2}}")
}
mount_into usr /usr /usr
mount_into alternatives /etc/alternatives /etc/alternatives
for folder in /etc/java-*; do
  [ -d "$folder" ] && mount_into "$(basename "$folder" | tr -cd a-z0-9-)" "$folder" "$folder"
done
mount_into stride "$PWD" /opt/stride
mount_into natives "$HOME/.javacpp" /root/.javacpp
mount_into runs "$work" /runs
list() { # of things in brackets
  local joined
  joined=$(printf ', %s' "$@")
  echo "[${joined:2}]"
}
in_pod=(train --model /opt/stride/samples/model "${words[@]/#samples/\/opt\/stride\/samples}")

# Puts the folders where a file's line asks for them; the line's indentation is that of a container's fields.
with_folders() {
  awk -v mounts="$(list "${mounts[@]}")" -v volumes="$(list "${volumes[@]}")" '
    /name it here$/ {
      match($0, /^ */); pad = substr($0, 1, RLENGTH); found = 1
      print pad "volumeMounts: " mounts
      print substr(pad, 5) "volumes: " volumes
      next
    }
    { print }
    END { exit !found }'
}

run_job() { # what it is, kind and name, how many succeed, the field that counts them, the folder of the run
  for ((i = 0; i < 240; i++)); do
    [ "$(kubectl get "$2" -o "jsonpath=$4")" = "$3" ] && break
    sleep 0.5
  done
  [ "$(kubectl get "$2" -o "jsonpath=$4")" = "$3" ] ||
    { tail -n 20 "$work"/pod-logs/*/*/*.log >&2; exit 1; }
  .ci/compare-ranks.sh "$1" "$work/solo" "$5"
}

./stride launch --nodes 2 --nproc 1 --print-k8s --image stride.test/empty:1 "${in_pod[@]}" --out /runs/pods >"$work/printed.yaml"
with_folders <"$work/printed.yaml" >"$work/job.yaml"
kubectl apply --validate=strict -f "$work/printed.yaml" --dry-run=server >/dev/null
kubectl apply --validate=strict -f "$work/job.yaml" >/dev/null
run_job "Indexed Job of two pods" job/stride 2 '{.status.succeeded}' "$work/pods"
kubectl delete job/stride service/stride --wait=true >/dev/null

if ! command -v training-operator.v1 >/dev/null || [ ! -f "${PYTORCHJOB_CRD:-}" ]; then
  echo "PyTorchJob: training-operator.v1 or PYTORCHJOB_CRD is missing, skipped"
  exit 0
fi
kubectl create -f "$PYTORCHJOB_CRD" >/dev/null
wait_for "PyTorchJob's definition" kubectl wait --for=condition=Established crd/pytorchjobs.kubeflow.org --timeout=1s
# its own check of the master's name fails with this busybox, which wants the name in every search domain
cat >"$work/wait.yaml" <<'CONF'
- name: init-pytorch
  image: {{.InitContainerImage}}
  imagePullPolicy: IfNotPresent
  command: [sh, -c, "until nslookup {{.MasterAddr}}.default.svc.cluster.local.; do sleep 1; done"]
CONF
begin operator training-operator.v1 --kubeconfig "$KUBECONFIG" --enable-scheme pytorchjob \
  --pytorch-init-container-image stride.test/empty:1 --pytorch-init-container-template-file "$work/wait.yaml" --metrics-bind-address 127.0.0.1:18080 \
  --health-probe-bind-address 127.0.0.1:18081 --monitoring-port 0
sed -n '/^apiVersion: kubeflow.org/,/^```$/p' docs/distributed.md | sed '$d' |
  sed -e 's#image: .*#image: stride.test/empty:1#' \
    -e "s#command: .*#command: $(list stride "${in_pod[@]}" --out /runs/kubeflow | sed 's/ \([0-9][^,]*\)/ "\1"/g')#" |
  with_folders >"$work/pytorchjob.yaml"
kubectl apply -f "$work/pytorchjob.yaml" >/dev/null
run_job "PyTorchJob of a master and a worker" pytorchjob/tune 11 \
  '{.status.replicaStatuses.Master.succeeded}{.status.replicaStatuses.Worker.succeeded}' "$work/kubeflow"
