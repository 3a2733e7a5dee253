import type { JsonObject } from '../rollout/json.ts';
import { type InstallOptions, LABELS, OPERATOR, OPERATOR_PORT } from './options.ts';

const SELECTOR = { 'app.kubernetes.io/name': LABELS['app.kubernetes.io/name'] };

/** The namespace, whose pods must keep to the restricted Pod Security Standard, and who the operator is. */
export function identityOf({ namespace }: InstallOptions): JsonObject[] {
  const restricted = Object.fromEntries(
    ['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
  );
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: { ...LABELS, ...restricted } } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: OPERATOR, namespace, labels: LABELS } },
  ];
}

/** The Deployment, and what it may talk to. */
export function workloadOf(options: InstallOptions): JsonObject[] {
  return [deployment(options), networkPolicy(options)];
}

function deployment({ namespace, image, watchNamespaces }: InstallOptions): JsonObject {
  const named = watchNamespaces.map((each) => `--namespace=${each}`);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: OPERATOR, namespace, labels: LABELS },
    spec: {
      replicas: 1,
      selector: { matchLabels: SELECTOR },
      template: {
        metadata: { labels: LABELS, annotations: { 'kubectl.kubernetes.io/default-container': 'operator' } },
        spec: {
          serviceAccountName: OPERATOR,
          // longer than what is under way takes to be left in good order
          terminationGracePeriodSeconds: 30,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65_532,
            runAsGroup: 65_532,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              name: 'operator',
              image,
              args: ['operator', ...(watchNamespaces.length === 0 ? ['--all-namespaces'] : named)],
              // SLACK_BOT_TOKEN, CONSUL_HTTP_ADDR and the like: as people have them for the plugin
              envFrom: [{ secretRef: { name: OPERATOR, optional: true } }],
              ports: [{ name: 'http', containerPort: OPERATOR_PORT }],
              livenessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 20, failureThreshold: 3 },
              readinessProbe: { httpGet: { path: '/readyz', port: 'http' }, periodSeconds: 10 },
              resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '384Mi' } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
            },
          ],
          volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '16Mi' } }],
        },
      },
    },
  };
}

/** DNS, the API server, and what rollouts ask and tell: Slack and call-backs by HTTPS, Consul, Prometheus. */
const EGRESS_PORTS = [443, 6443, 8443, 8500, 8501, 9090];

function networkPolicy({ namespace }: InstallOptions): JsonObject {
  const dns = ['UDP', 'TCP'].map((protocol) => ({ protocol, port: 53 }));
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: OPERATOR, namespace, labels: LABELS },
    spec: {
      podSelector: { matchLabels: SELECTOR },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [{ protocol: 'TCP', port: OPERATOR_PORT }] }],
      egress: [{ ports: [...dns, ...EGRESS_PORTS.map((port) => ({ protocol: 'TCP', port }))] }],
    },
  };
}
