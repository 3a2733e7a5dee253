import { isObject, type Json, type JsonObject } from './json.ts';
import { FIELD_MANAGER } from './record.ts';

/** Somebody besides us who looks after this set and may write it again, and how to keep them still meanwhile. */
export interface Owner {
  /** "Argo CD application shop", "Kafka my-cluster" */
  who: string;
  /** What they may do, and what to do about it. */
  advice: string;
}

/** Who looks after the set, as its metadata tells (case D21). `set` as read. */
export function ownersOf(set: Json): Owner[] {
  const metadata = isObject(set) && isObject(set.metadata) ? set.metadata : {};
  return [
    controllingOwner(metadata),
    argo(metadata),
    ...flux(metadata),
    helm(metadata),
    ...rolloutTools(metadata),
  ].filter((owner) => owner !== null);
}

/** Marks by which other tools know the sets that they restart, roll or re-image by themselves. */
const TOOLS = [
  {
    who: 'grafana rollout-operator',
    mark: /^(rollout-group$|grafana\.com\/(rollout|prepare|min-time|no-downscale))/,
    advice:
      'it deletes pods of the sets of its group by itself where they are OnDelete: take the label off, or scale it to 0',
  },
  {
    who: 'Keel',
    mark: /^keel\.sh\//,
    advice: 'it writes new image tags by itself: set keel.sh/policy to never meanwhile',
  },
  {
    who: 'Reloader',
    mark: /^(secret\.|configmap\.)?reloader\.stakater\.com\//,
    advice: 'it restarts the set when a ConfigMap or Secret changes, which stops this rollout: change none meanwhile',
  },
  {
    who: 'Spinnaker',
    mark: /^moniker\.spinnaker\.io\//,
    advice: 'its next deployment of this application writes the template again: disable that pipeline meanwhile',
  },
] as const;

function rolloutTools(metadata: JsonObject): Owner[] {
  const marks = [metadata.labels, metadata.annotations].filter(isObject).flatMap((each) => Object.keys(each));
  return TOOLS.filter(({ mark }) => marks.some((name) => mark.test(name))).map(({ who, advice }) => ({ who, advice }));
}

function controllingOwner(metadata: JsonObject): Owner | null {
  const references = Array.isArray(metadata.ownerReferences) ? metadata.ownerReferences.filter(isObject) : [];
  const reference = references.find((each) => each.controller === true) ?? references[0];
  if (reference === undefined) return null;
  const who = `${String(reference.kind)} ${String(reference.name)} (${String(reference.apiVersion)})`;
  return {
    who,
    advice: `an operator owns this set and may write it back at any time: change ${who} instead, or pause its reconciliation first`,
  };
}

function argo(metadata: JsonObject): Owner | null {
  const tracking = text(metadata.annotations, 'argocd.argoproj.io/tracking-id');
  const name = tracking?.split(':')[0] ?? text(metadata.labels, 'argocd.argoproj.io/instance');
  if (name === undefined && !managers(metadata).some((manager) => manager.startsWith('argocd'))) return null;
  const application = name ?? 'NAME';
  return {
    who: `Argo CD${name === undefined ? '' : ` application ${name}`}`,
    advice: `its self-heal would take the change back: argocd app set ${application} --sync-policy none, and change the source in git too`,
  };
}

function flux(metadata: JsonObject): Owner[] {
  const kinds = [
    { kind: 'kustomization', prefix: 'kustomize.toolkit.fluxcd.io', manager: 'kustomize-controller' },
    { kind: 'helmrelease', prefix: 'helm.toolkit.fluxcd.io', manager: 'helm-controller' },
  ];
  return kinds.flatMap(({ kind, prefix, manager }) => {
    const name = text(metadata.labels, `${prefix}/name`);
    if (name === undefined && !managers(metadata).includes(manager)) return [];
    const namespace = text(metadata.labels, `${prefix}/namespace`) ?? 'flux-system';
    return [
      {
        who: `Flux ${kind}${name === undefined ? '' : ` ${name}`}`,
        advice: `its next reconciliation would take the change back: flux suspend ${kind} ${name ?? 'NAME'} -n ${namespace}, and change the source in git too`,
      },
    ];
  });
}

function helm(metadata: JsonObject): Owner | null {
  const release = text(metadata.annotations, 'meta.helm.sh/release-name');
  if (release === undefined && text(metadata.labels, 'app.kubernetes.io/managed-by') !== 'Helm') return null;
  return {
    who: `Helm${release === undefined ? '' : ` release ${release}`}`,
    advice: 'the next helm upgrade writes the template of its chart: make the same change in its values too',
  };
}

function managers(metadata: JsonObject): string[] {
  const entries = Array.isArray(metadata.managedFields) ? metadata.managedFields.filter(isObject) : [];
  return entries.map((entry) => String(entry.manager)).filter((manager) => manager !== FIELD_MANAGER);
}

function text(from: Json | undefined, key: string): string | undefined {
  const value = isObject(from) ? from[key] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}
