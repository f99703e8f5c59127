/**
 * Which package describes an `apiVersion`. Its classes validate values, its types know every field.
 * What is not here is refused: an object that nobody can check is an object that nobody has checked.
 */
export const MODELS: Readonly<Record<string, { readonly module: string; readonly load: () => Promise<object> }>> = {
  v1: { module: 'kubernetes-models/v1', load: () => import('kubernetes-models/v1') },
  'apps/v1': { module: 'kubernetes-models/apps/v1', load: () => import('kubernetes-models/apps/v1') },
  'autoscaling/v2': {
    module: 'kubernetes-models/autoscaling/v2',
    load: () => import('kubernetes-models/autoscaling/v2'),
  },
  'batch/v1': { module: 'kubernetes-models/batch/v1', load: () => import('kubernetes-models/batch/v1') },
  'networking.k8s.io/v1': {
    module: 'kubernetes-models/networking.k8s.io/v1',
    load: () => import('kubernetes-models/networking.k8s.io/v1'),
  },
  'policy/v1': { module: 'kubernetes-models/policy/v1', load: () => import('kubernetes-models/policy/v1') },
  'scheduling.k8s.io/v1': {
    module: 'kubernetes-models/scheduling.k8s.io/v1',
    load: () => import('kubernetes-models/scheduling.k8s.io/v1'),
  },
  'autoscaling.k8s.io/v1': {
    module: '@kubernetes-models/autoscaler/autoscaling.k8s.io/v1',
    load: () => import('@kubernetes-models/autoscaler/autoscaling.k8s.io/v1'),
  },
  'monitoring.coreos.com/v1': {
    module: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
    load: () => import('@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1'),
  },
  'postgresql.cnpg.io/v1': {
    module: '@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1',
    load: () => import('@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1'),
  },
}

/**
 * Fields that are newer than the packages.
 *
 * @see https://cloudnative-pg.io/plugin-barman-cloud/docs/usage
 */
export const NEWER_FIELDS: Readonly<Record<string, readonly string[]>> = {
  Cluster: ['spec.plugins[0].isWALArchiver'],
}
