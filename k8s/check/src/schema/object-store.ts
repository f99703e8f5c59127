import { z } from 'zod'

const key = z.strictObject({ name: z.string().min(1), key: z.string().min(1) })

/**
 * The part in use of the Barman Cloud plugin's object, for which no package has a schema.
 *
 * @see https://cloudnative-pg.io/plugin-barman-cloud/docs/usage
 */
export const ObjectStore = z.strictObject({
  apiVersion: z.literal('barmancloud.cnpg.io/v1'),
  kind: z.literal('ObjectStore'),
  metadata: z.looseObject({ name: z.string() }),
  spec: z.strictObject({
    retentionPolicy: z.string().regex(/^[1-9]\d*[dwm]$/),
    configuration: z.strictObject({
      destinationPath: z.url(),
      endpointURL: z.url().optional(),
      s3Credentials: z.strictObject({ accessKeyId: key, secretAccessKey: key }),
      wal: z.strictObject({ compression: z.enum(['bzip2', 'gzip', 'lz4', 'snappy', 'xz', 'zstd']) }),
      data: z.strictObject({ compression: z.enum(['bzip2', 'gzip', 'snappy']) }),
    }),
  }),
})
