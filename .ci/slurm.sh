#!/usr/bin/env bash
# An optional stage: a real Slurm of one machine, set up in a temporary folder, starts a training of two ranks by srun.
# The result must be what one process learns. Needs root and, on Debian: apt install slurmctld slurmd slurm-client munge.
# Where mpirun is there too (openmpi-bin), Open MPI starts the same training; without it that part is skipped and said.
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in slurmctld slurmd srun munged mungekey; do
  if ! PATH="$PATH:/usr/sbin" command -v "$tool" >/dev/null; then
    echo "slurm: $tool is missing (Debian: apt install slurmctld slurmd slurm-client munge)" >&2
    exit 1
  fi
done
[ "$(id -u)" = 0 ] || { echo "slurm: slurmd needs root" >&2; exit 1; }
PATH="$PATH:/usr/sbin"

work=$(mktemp -d)
started=()
finish() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

# munge wants folders that nobody else can write, and a key of its own
chmod 755 "$work"
mkdir -m 755 "$work/run"
mkdir -m 700 "$work/etc" "$work/log"
mkdir "$work/state" "$work/spool"
mungekey --create --keyfile="$work/etc/munge.key"
munged --foreground --force --key-file="$work/etc/munge.key" --socket="$work/run/munge.socket" \
  --pid-file="$work/run/munged.pid" --log-file="$work/log/munged.log" --seed-file="$work/etc/munge.seed" >/dev/null 2>&1 &
started+=($!)

cat >"$work/slurm.conf" <<CONF
ClusterName=stride
SlurmctldHost=localhost
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$work/run/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SchedulerType=sched/builtin
SelectType=select/linear
ReturnToService=2
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/run/slurmctld.pid
SlurmdPidFile=$work/run/slurmd.pid
SlurmctldLogFile=$work/log/slurmctld.log
SlurmdLogFile=$work/log/slurmd.log
NodeName=localhost CPUs=$(nproc)
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF="$work/slurm.conf"
for ((i = 0; i < 100; i++)); do [ -S "$work/run/munge.socket" ] && break; sleep 0.1; done
slurmctld -D -f "$SLURM_CONF" >/dev/null 2>&1 &
started+=($!)
slurmd -D -N localhost -f "$SLURM_CONF" >/dev/null 2>&1 &
started+=($!)
for ((i = 0; i < 300; i++)); do
  [ "$(sinfo -h -o %T 2>/dev/null)" = idle ] && break
  sleep 0.2
done
if [ "$(sinfo -h -o %T 2>/dev/null)" != idle ]; then
  echo "slurm: the node does not come up" >&2
  tail -n 20 "$work"/log/*.log >&2
  exit 1
fi

export STRIDE_TERMINAL=0
words=(--model samples/model --data samples/dialogue/train.jsonl --task dialogue --batch 8 --steps 4 --lr 1e-3
  --warmup 1 --lora-dropout 0 --threads 1)
./stride train "${words[@]}" --out "$work/solo" >/dev/null 2>"$work/solo.log" || { cat "$work/solo.log" >&2; exit 1; }

srun -n2 ./stride train "${words[@]}" --out "$work/slurm" >"$work/slurm.log" 2>&1 || { cat "$work/slurm.log" >&2; exit 1; }
.ci/compare-ranks.sh "srun -n2" "$work/solo" "$work/slurm"

# Each is told another warm-up: both must refuse, and srun must say so.
if srun -n2 bash -c './stride train "$@" --warmup "$SLURM_PROCID"' stride \
  --model samples/model --data samples/dialogue/train.jsonl --task dialogue --steps 4 --lr 1e-3 --threads 1 \
  --out "$work/differs" >"$work/differs.log" 2>&1; then
  echo "srun: ranks with other schedules trained together" >&2
  exit 1
fi
[ "$(grep -c 'the ranks do not agree on what to train' "$work/differs.log")" = 2 ] || { cat "$work/differs.log" >&2; exit 1; }
echo "srun -n2 with two warm-ups: both refused"

# The printed batch file, as sbatch takes it; without the line for devices that this machine has not.
mkdir "$work/bin"
ln -s "$PWD/stride" "$work/bin/stride"
./stride launch --nproc 2 --print-slurm train "${words[@]}" --out "$work/batch" | grep -v gpus-per-task >"$work/job.sh"
PATH="$work/bin:$PATH" sbatch --wait --output="$work/batch.log" "$work/job.sh" >/dev/null ||
  { cat "$work/batch.log" >&2; exit 1; }
.ci/compare-ranks.sh "sbatch" "$work/solo" "$work/batch"

if command -v mpirun >/dev/null; then
  MASTER_ADDR=127.0.0.1 mpirun --allow-run-as-root --oversubscribe -n 2 -x MASTER_ADDR ./stride train "${words[@]}" \
    --out "$work/mpi" >"$work/mpi.log" 2>&1 || { cat "$work/mpi.log" >&2; exit 1; }
  .ci/compare-ranks.sh "mpirun -n 2" "$work/solo" "$work/mpi"
else
  echo "mpirun: not installed, skipped"
fi
