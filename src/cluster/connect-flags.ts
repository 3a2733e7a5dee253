/** kubectl's own flags, by kubectl's own names. */
export interface ConnectFlags {
  namespace?: string;
  context?: string;
  cluster?: string;
  user?: string;
  kubeconfig?: string;
  as?: string;
  asGroup: readonly string[];
  asUid?: string;
  /** Of one call: "30s", or seconds without a unit, as in kubectl; "0" means none of its own. */
  requestTimeout?: string;
  insecureSkipTlsVerify?: boolean;
  server?: string;
  token?: string;
}
