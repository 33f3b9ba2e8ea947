// Checks Kubernetes manifests without a cluster: every field must be one that the
// API knows, and of its type; what refers to something must find it.
//   node check_manifests.mjs FILE.yaml...
import {execFileSync} from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import YAML from "yaml";

const HERE = import.meta.dirname;

const MODULES = {
  "v1/Namespace": "kubernetes-models/v1/Namespace",
  "v1/ConfigMap": "kubernetes-models/v1/ConfigMap",
  "v1/Secret": "kubernetes-models/v1/Secret",
  "v1/Service": "kubernetes-models/v1/Service",
  "apps/v1/DaemonSet": "kubernetes-models/apps/v1/DaemonSet",
  "networking.k8s.io/v1/NetworkPolicy": "kubernetes-models/networking.k8s.io/v1/NetworkPolicy",
  "monitoring.coreos.com/v1/ServiceMonitor":
      "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor",
};

const problems = [];

function read(file) {
  return YAML.parseAllDocuments(fs.readFileSync(file, "utf8"), {uniqueKeys: true, strict: true}).map((document) => {
    for (const error of document.errors) problems.push(`${file}: ${error.message}`);
    const manifest = document.toJS();
    // kustomize breaks the lines of Base64, which the API takes and the schema does not.
    for (const [key, value] of Object.entries((manifest.kind === "Secret" && manifest.data) || {})) {
      manifest.data[key] = value.replace(/\s/g, "");
    }
    return manifest;
  });
}

// By TypeScript: a literal with a field that its type does not have is an error.
function checkTypes(manifests) {
  const folder = fs.mkdtempSync(path.join(HERE, "check-"));
  try {
    const files = manifests.map(({file, manifest}, i) => {
      const kind = `${manifest.apiVersion}/${manifest.kind}`;
      if (!MODULES[kind]) {
        problems.push(`${file}: no type for ${kind}`);
        return null;
      }
      const name = path.join(folder, `${path.basename(file, ".yaml")}-${manifest.kind}-${i}.mts`);
      fs.writeFileSync(name, `import type {I${manifest.kind}} from "${MODULES[kind]}";\n` +
                             `export const manifest: I${manifest.kind} = ${JSON.stringify(manifest, null, 2)};\n`);
      return name;
    }).filter(Boolean);
    execFileSync(path.join(HERE, "node_modules/.bin/tsc"),
        ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--moduleResolution", "nodenext", ...files],
        {encoding: "utf8", stdio: ["ignore", "pipe", "pipe"]});
  } catch (error) {
    problems.push(`${error.stdout || ""}${error.stderr || error.message}`);
  } finally {
    fs.rmSync(folder, {recursive: true});
  }
}

// By the schemas of the API: enumerations, patterns, required fields.
async function checkSchema({file, manifest}) {
  const kind = `${manifest.apiVersion}/${manifest.kind}`;
  if (!MODULES[kind]) return;
  const {[manifest.kind]: Model} = await import(MODULES[kind]);
  try {
    new Model(manifest).validate();
  } catch (error) {
    problems.push(`${file}: ${manifest.kind} ${manifest.metadata.name}: ${error.message}`);
  }
}

const matches = (selector, labels) =>
  Object.entries(selector || {}).every(([key, value]) => (labels || {})[key] === value);

function checkPod(file, name, template, have) {
  const {spec} = template;
  const volumes = new Set((spec.volumes || []).map((volume) => volume.name));
  for (const volume of spec.volumes || []) {
    if (volume.configMap && !have.has(`ConfigMap/${volume.configMap.name}`)) {
      problems.push(`${file}: ${name}: no ConfigMap ${volume.configMap.name}`);
    }
    if (volume.secret && !have.has(`Secret/${volume.secret.secretName}`)) {
      problems.push(`${file}: ${name}: no Secret ${volume.secret.secretName}`);
    }
  }
  for (const container of [...(spec.initContainers || []), ...spec.containers]) {
    for (const mount of container.volumeMounts || []) {
      if (!volumes.has(mount.name)) problems.push(`${file}: ${name}: no volume ${mount.name}`);
    }
    const defined = new Set();
    for (const variable of container.env || []) {
      for (const [, used] of (variable.value || "").matchAll(/\$\((\w+)\)/g)) {
        if (!defined.has(used)) problems.push(`${file}: ${variable.name} refers to ${used}, which does not come before it`);
      }
      defined.add(variable.name);
    }
    if (!container.securityContext.capabilities.drop.includes("ALL") ||
        !container.securityContext.readOnlyRootFilesystem || container.securityContext.allowPrivilegeEscalation) {
      problems.push(`${file}: ${container.name} is not locked up`);
    }
  }
}

// What one of them refers to is there.
function checkReferences(file, manifests) {
  const have = new Set(manifests.map((m) => `${m.kind}/${m.metadata.name}`));
  const sets = manifests.filter((m) => m.kind === "DaemonSet");
  if (sets.length !== 1) problems.push(`${file}: ${sets.length} DaemonSets`);
  for (const set of sets) {
    const {template, selector} = set.spec;
    if (!matches(selector.matchLabels, template.metadata.labels)) problems.push(`${file}: the selector is not its pods'`);
    checkPod(file, set.metadata.name, template, have);
    for (const m of manifests) {
      const selected = m.kind === "NetworkPolicy" ? m.spec.podSelector.matchLabels :
                       m.kind === "Service" ? m.spec.selector : null;
      if (selected && !matches(selected, template.metadata.labels)) {
        problems.push(`${file}: ${m.kind} ${m.metadata.name} selects no pod`);
      }
    }
  }
  for (const monitor of manifests.filter((m) => m.kind === "ServiceMonitor")) {
    if (!manifests.some((m) => m.kind === "Service" && matches(monitor.spec.selector.matchLabels, m.metadata.labels))) {
      problems.push(`${file}: ${monitor.metadata.name} selects no Service`);
    }
  }
  for (const m of manifests) {
    if (m.kind !== "Namespace" && m.metadata.namespace !== "localstore") {
      problems.push(`${file}: ${m.kind} ${m.metadata.name} is in namespace ${m.metadata.namespace}`);
    }
  }
}

const all = [];
for (const file of process.argv.slice(2)) {
  const manifests = read(file);
  checkReferences(file, manifests);
  for (const manifest of manifests) all.push({file, manifest});
}
checkTypes(all);
for (const one of all) await checkSchema(one);
for (const problem of problems) console.error(problem);
if (all.length === 0) console.error("no manifests");
console.log(`${all.length} manifests, ${problems.length} problems`);
process.exit(problems.length > 0 || all.length === 0 ? 1 : 0);
