#!/usr/bin/env bash
# An optional stage: the annex for Spark, with static analysis, and its tests: sweeps on two slots of this machine, on two
# executors of which one is killed, and with trials' folders on a disk, on a real HDFS and in a real server's S3.
# The S3 part needs moto's server (stride-app/src/test/tools/install.sh) and 700 MB of jars; without moto it is skipped and said.
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in java mvn; do
  command -v "$tool" >/dev/null || { echo "spark: $tool is missing (Debian: apt install openjdk-17-jdk-headless maven)" >&2; exit 1; }
done
profiles=spark
tools=${STRIDE_TEST_TOOLS:-$PWD/stride-app/target/tools}
if [ -x "$tools/bin/moto_server" ]; then
  profiles=spark,spark-s3
else
  echo "spark: $tools/bin/moto_server is not there, so S3 is skipped (stride-app/src/test/tools/install.sh)" >&2
fi
# classes that -Pquick compiled were not looked at
rm -rf stride-app/target/{classes,test-classes,maven-status} stride-spark/target/{classes,test-classes,maven-status}
mvn -B -ntp "-P$profiles" -Dtest="${SPARK_TESTS:-dev/stride/spark/*Test}" -Dsurefire.failIfNoSpecifiedTests=false verify
