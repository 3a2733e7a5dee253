/** Who asks, as what. */
export interface Caller {
  user: string;
  /** Of metadata.managedFields; null for parts of the cluster itself, whose writes are not noted there. */
  manager: string | null;
}
